#!/usr/bin/env bash
# Deploys MY NUTERA of one kelurahan to a Google Cloud project. Can be run again at any time: what is
# there stays, what differs is set right. Without --yes it only prints what it would run, for a project
# in which nothing is there yet. infra/README.md says what has to be done before, and after.
set -euo pipefail

usage() {
    cat <<'TEXT'
infra/deploy.sh --project PROJECT --kelurahan NAME [options]

  --dry-run            print every command, run none (the default)
  --yes                run them
  --project PROJECT    the Google Cloud project
  --kelurahan NAME     a file of kelurahan/, without .toml
  --region REGION      asia-southeast2 (Jakarta); firebase.json has to name the same
  --source NAME        a source of the kelurahan's file that is fetched every week; without it no
                       weekly job is set up
  --schedule CRON      when it is fetched, in the kelurahan's own time: "0 6 * * 1"
  --max-instances N    how many instances nik-lookup may have: 2
  --trusted-hops N     proxies of our own before a function: 2 (Firebase Hosting, Cloud Run)
TEXT
}

stop() {
    printf 'deploy.sh: %s\n' "$1" >&2
    exit 2
}

DRY=1 PROJECT='' KELURAHAN='' REGION=asia-southeast2 SOURCE='' SCHEDULE='0 6 * * 1'
LOOKUP_INSTANCES=2 TRUSTED_HOPS=2
while (($#)); do
    case $1 in
        --dry-run) DRY=1 ;;
        --yes) DRY=0 ;;
        -h | --help) usage && exit 0 ;;
        --project | --kelurahan | --region | --source | --schedule | --max-instances | --trusted-hops)
            (($# > 1)) || stop "$1 needs a value"
            case $1 in
                --project) PROJECT=$2 ;;
                --kelurahan) KELURAHAN=$2 ;;
                --region) REGION=$2 ;;
                --source) SOURCE=$2 ;;
                --schedule) SCHEDULE=$2 ;;
                --max-instances) LOOKUP_INSTANCES=$2 ;;
                --trusted-hops) TRUSTED_HOPS=$2 ;;
            esac
            shift
            ;;
        *) usage >&2 && stop "unknown option: $1" ;;
    esac
    shift
done
[[ $PROJECT =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || stop '--project: give the id of the project'
[[ $KELURAHAN =~ ^[a-z0-9]+(-[a-z0-9]+)*$ ]] || stop '--kelurahan: give the name of a file of kelurahan/'
[[ $REGION =~ ^[a-z]+-[a-z]+[0-9]+$ ]] || stop '--region: give the name of a region'
[[ $LOOKUP_INSTANCES =~ ^[1-9][0-9]?$ ]] || stop '--max-instances: 1 to 99'
[[ $TRUSTED_HOPS =~ ^[0-9]$ ]] || stop '--trusted-hops: 0 to 9'

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-.venv/bin/python}
command -v "$PYTHON" >/dev/null || stop "no $PYTHON: run make venv first"

# name, function, databases it reads and writes, databases it only reads, whether it opens the bucket of
# files (photos of complaints), instances, memory, seconds.
# The separation that docs/decisions/0002 asks for stands here and nowhere else; a test holds it against
# what each function says it needs.
FUNCTIONS=(
    "complaint-intake  complaint_intake  intake                  -       files  2                  1Gi    120"
    "housekeeping      housekeeping      registry,intake,lookup  -       files  1                  512Mi  900"
    "nik-lookup        nik_lookup        lookup                  -       -      $LOOKUP_INSTANCES  512Mi  30"
    "staff-console     staff_console     registry,intake,lookup  -       files  1                  1Gi    900"
    "transparency      transparency      -                       lookup  -      1                  512Mi  30"
    "weekly-sync       weekly_sync       registry,lookup         -       -      1                  1Gi    900"
)
for folder in functions/*/main.py; do
    function=$(basename "$(dirname "$folder")")
    [[ ${FUNCTIONS[*]} =~ [[:space:]]"$function"[[:space:]] ]] ||
        stop "functions/$function has no line in FUNCTIONS: which databases may it open?"
done

FACTS=$("$PYTHON" infra/facts.py --kelurahan "$KELURAHAN" --region "$REGION" --source "$SOURCE") || exit 1
fact() { sed -n "s/^$1=//p" <<<"$FACTS"; }
TIMEZONE=$(fact timezone)
SOURCE_KIND=$(fact source_kind)
BUCKET=$(fact bucket)
FILES_BUCKET="gs://$PROJECT-files"

# --- printing and running ------------------------------------------------------------------------

# The words as a shell would read them again.
quoted() {
    local word line=''
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_@%+=:,./~-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
        line+=" $word"
    done
    printf '%s\n' "${line# }"
}

say() { printf '\n# %s\n' "$1"; }

run() {
    quoted "$@"
    ((DRY)) || "$@"
}

# Is this line in what a listing command prints? A listing, because "describe" fails alike for what is
# missing and for what can't be reached; in a dry run nothing is there.
listed() {
    local wanted=$1 found
    shift
    quoted "$@"
    ((DRY)) && return 1
    found=$("$@") || stop 'could not list what is there'
    grep -Fxq -- "$wanted" <<<"$found"
}

account() { printf '%s@%s.iam.gserviceaccount.com' "$1" "$PROJECT"; }

make_account() {
    listed "$(account "$1")" gcloud iam service-accounts list "--project=$PROJECT" '--format=value(email)' ||
        run gcloud iam service-accounts create "$1" "--project=$PROJECT" "--display-name=$2"
}

((DRY)) && printf '# Nothing is run. With --yes these are; what is there already is left out then.\n'
say "$(fact title) in the project $PROJECT"
[[ $(fact base_url) != *.example* ]] ||
    printf '# site.base_url in kelurahan/%s.toml is still an example: links and sitemap will be wrong.\n' "$KELURAHAN"

say 'APIs'
APIS=(run cloudbuild artifactregistry firestore firebaserules firebasehosting iam secretmanager cloudscheduler)
[[ $SOURCE_KIND != sheet ]] || APIS+=(sheets)
run gcloud services enable "${APIS[@]/%/.googleapis.com}" "--project=$PROJECT"

# The address of a service is known before there is one: https://NAME-NUMBER.REGION.run.app
quoted gcloud projects describe "$PROJECT" '--format=value(projectNumber)'
PROJECT_NUMBER=PROJECT_NUMBER
((DRY)) || PROJECT_NUMBER=$(gcloud projects describe "$PROJECT" '--format=value(projectNumber)')
SYNC_URL="https://weekly-sync-$PROJECT_NUMBER.$REGION.run.app"
HOUSEKEEPING_URL="https://housekeeping-$PROJECT_NUMBER.$REGION.run.app"

# --- keys, before the databases: a database without its key means that the key is lost --------------

# Made in memory and sent through a pipe: on no disk, in no argument, on no screen.
MAKE_KEYS='import sys; from shared.platform.crypto.keys import Keyset; sys.stdout.write(Keyset.generate().secret_text())'
# Of the registry's keys on standard input: what residents were given before goes on being recognised.
SPLIT_KEYS='import sys; from shared.platform.crypto.keys import Keyset; sys.stdout.write(Keyset.parse(sys.stdin.read()).heir().secret_text())'

make_keys() {
    local secret=$1 database=$2 versions
    listed "$secret" gcloud secrets list "--project=$PROJECT" '--format=value(name.basename())' ||
        run gcloud secrets create "$secret" "--project=$PROJECT" \
            --replication-policy=user-managed "--locations=$REGION"
    # Any version, disabled ones too: a second key would leave what the first one sealed unreadable.
    quoted gcloud secrets versions list "$secret" "--project=$PROJECT" '--format=value(name)'
    if ! ((DRY)); then
        versions=$(gcloud secrets versions list "$secret" "--project=$PROJECT" '--format=value(name)')
        [[ -z $versions ]] || return 0
    fi
    if listed "$database" gcloud firestore databases list "--project=$PROJECT" '--format=value(name.basename())'; then
        stop "the database $database is there and its key $secret is not. New keys can't open its data:
put the kept key back first (infra/README.md, \"Keys\")."
    fi
    local add=(gcloud secrets versions add "$secret" "--project=$PROJECT" --data-file=-)
    if [[ $database == intake ]] &&
        listed registry gcloud firestore databases list "--project=$PROJECT" '--format=value(name.basename())'; then
        split_keys "${add[@]}"
        return 0
    fi
    printf '%s | %s\n' "$(quoted "$PYTHON" -c "$MAKE_KEYS")" "$(quoted "${add[@]}")"
    ((DRY)) && return 0
    # tried first: an empty version would stand in the way of a good one
    "$PYTHON" -c "$MAKE_KEYS" >/dev/null || stop 'no key could be made'
    "$PYTHON" -c "$MAKE_KEYS" | "${add[@]}"
}

# The keys of intake where the registry was there before it: they inherit the key of its tags.
split_keys() {
    local read=(gcloud secrets versions access latest --secret=NUTERA_REGISTRY_KEYS "--project=$PROJECT") made
    printf '%s | %s | %s\n' "$(quoted "${read[@]}")" "$(quoted "$PYTHON" -c "$SPLIT_KEYS")" "$(quoted "$@")"
    made=$("${read[@]}" | "$PYTHON" -c "$SPLIT_KEYS") || stop 'no key of intake could be made'
    printf '%s' "$made" | "$@"
}

say 'Keys of the three databases'
make_keys NUTERA_REGISTRY_KEYS registry
make_keys NUTERA_INTAKE_KEYS intake
make_keys NUTERA_LOOKUP_KEYS lookup

say 'Databases, with rules, indexes and time to live'
for database in registry intake lookup; do
    listed "$database" gcloud firestore databases list "--project=$PROJECT" '--format=value(name.basename())' ||
        run gcloud firestore databases create "--project=$PROJECT" "--database=$database" \
            "--location=$REGION" --type=firestore-native --delete-protection
done
run firebase deploy --only firestore --project "$PROJECT" --non-interactive

# Photos are sealed before they come here. Without soft delete: what retention deletes is gone.
say 'The bucket of files'
listed "${FILES_BUCKET#gs://}" gcloud storage buckets list "--project=$PROJECT" '--format=value(name)' ||
    run gcloud storage buckets create "$FILES_BUCKET" "--project=$PROJECT" "--location=$REGION" \
        --uniform-bucket-level-access --public-access-prevention --soft-delete-duration=0

# --- who may open what ------------------------------------------------------------------------------

only() { printf 'resource.name == "projects/%s/databases/%s"' "$PROJECT" "$1"; }

# A role on one database alone. Without the condition it would be one on every database of the project.
grant_database() {
    run gcloud projects add-iam-policy-binding "$PROJECT" "--member=serviceAccount:$(account "$1")" \
        "--role=$2" --format=none \
        "--condition=title=$3 only,expression=$(only "$3")"
}

grant_secret() {
    run gcloud secrets add-iam-policy-binding "$2" "--project=$PROJECT" \
        "--member=serviceAccount:$(account "$1")" --role=roles/secretmanager.secretAccessor --format=none
}

# Bindings are only ever added here, so one that somebody gave by hand has to be found. It prints names
# of roles alone.
refuse_other_grants() {
    local name=$1 granted role condition database allowed
    shift
    local look=(gcloud projects get-iam-policy "$PROJECT" '--flatten=bindings[].members'
        "--filter=bindings.members=serviceAccount:$(account "$name")"
        '--format=value(bindings.role,bindings.condition.expression)')
    quoted "${look[@]}"
    ((DRY)) && return 0
    granted=$("${look[@]}")
    while IFS=$'\t' read -r role condition; do
        [[ -n $role ]] || continue
        allowed=0
        for database in "$@"; do
            [[ $condition != "$(only "$database")" ]] || allowed=1
        done
        ((allowed)) || stop "$name has $role on more than it may open ($*). Take that away, then run this again."
    done <<<"$granted"
}

# The keys of a database that a function may not open: an older version of this script may have granted one.
refuse_other_keys() {
    local name=$1 database granted
    shift
    for database in registry intake lookup; do
        [[ " $* " != *" $database "* ]] || continue
        local look=(gcloud secrets get-iam-policy "NUTERA_${database^^}_KEYS" "--project=$PROJECT"
            '--flatten=bindings[].members' "--filter=bindings.members=serviceAccount:$(account "$name")"
            '--format=value(bindings.role)')
        quoted "${look[@]}"
        ((DRY)) && continue
        granted=$("${look[@]}")
        [[ -z $granted ]] || stop "$name may read NUTERA_${database^^}_KEYS. Take that away, then run this again."
    done
}

say 'One account for each function, and one that builds'
make_account nutera-build 'MY NUTERA: builds the functions'
run gcloud projects add-iam-policy-binding "$PROJECT" "--member=serviceAccount:$(account nutera-build)" \
    --role=roles/run.builder --condition=None --format=none
for line in "${FUNCTIONS[@]}"; do
    read -r name _ writes reads files _ <<<"$line"
    say "$name may write: $writes; may only read: $reads; files: $files"
    make_account "$name" "MY NUTERA: $name"
    opens=()
    for database in ${writes//[,-]/ }; do
        grant_database "$name" roles/datastore.user "$database"
        opens+=("$database")
    done
    for database in ${reads//[,-]/ }; do
        grant_database "$name" roles/datastore.viewer "$database"
        opens+=("$database")
    done
    for database in "${opens[@]}"; do
        grant_secret "$name" "NUTERA_${database^^}_KEYS"
    done
    refuse_other_grants "$name" "${opens[@]}"
    refuse_other_keys "$name" "${opens[@]}"
    [[ $files == - ]] ||
        run gcloud storage buckets add-iam-policy-binding "$FILES_BUCKET" "--project=$PROJECT" \
            "--member=serviceAccount:$(account "$name")" --role=roles/storage.objectUser --format=none
done
if [[ -n $BUCKET ]]; then
    say 'The inbox, to read only'
    run gcloud storage buckets add-iam-policy-binding "$BUCKET" "--project=$PROJECT" \
        "--member=serviceAccount:$(account weekly-sync)" --role=roles/storage.objectViewer --format=none
fi
[[ -z $SOURCE ]] || make_account weekly-sync-scheduler 'MY NUTERA: starts the weekly sync'
make_account housekeeping-scheduler 'MY NUTERA: starts the daily housekeeping'

# --- functions --------------------------------------------------------------------------------------

# Anybody may call (a resident has no Google account), so each function checks by itself who asks.
# --ingress=all: Firebase Hosting comes from outside the project's network. So a function can also be
# called past Hosting, with an X-Forwarded-For that says anything: see NUTERA_TRUSTED_HOPS in the README.
for line in "${FUNCTIONS[@]}"; do
    read -r name function writes reads files instances memory seconds <<<"$line"
    say "The function $name"
    environment="NUTERA_STORE=firestore,NUTERA_PROJECT=$PROJECT,NUTERA_KELURAHAN=$KELURAHAN"
    environment+=",NUTERA_MAX_INSTANCES=$instances,NUTERA_TRUSTED_HOPS=$TRUSTED_HOPS"
    [[ $files == - ]] || environment+=",NUTERA_FILES=$FILES_BUCKET"
    if [[ $name == weekly-sync && -n $SOURCE ]]; then
        environment+=",NUTERA_SCHEDULER_EMAIL=$(account weekly-sync-scheduler),NUTERA_SCHEDULER_AUDIENCE=$SYNC_URL"
    fi
    if [[ $name == housekeeping ]]; then
        environment+=",NUTERA_SCHEDULER_EMAIL=$(account housekeeping-scheduler),NUTERA_SCHEDULER_AUDIENCE=$HOUSEKEEPING_URL"
    fi
    secrets=''
    for database in ${writes//[,-]/ } ${reads//[,-]/ }; do
        secrets+=",NUTERA_${database^^}_KEYS=NUTERA_${database^^}_KEYS:latest"
    done
    # As many threads as requests, so that none waits for a thread: a slow body holds one until --timeout.
    # Uploads lie in memory while they pass, so fewer of them at a time.
    threads=16
    [[ $name != nik-lookup && $name != transparency ]] || threads=80
    environment+=",THREADS=$threads"
    # The console goes on reading a long list after its answer: its processor has to stay awake.
    cpu=--cpu-throttling
    [[ $name != staff-console ]] || cpu=--no-cpu-throttling
    run gcloud run deploy "$name" "--project=$PROJECT" "--region=$REGION" --source=. \
        "--function=$function" --base-image=python312 \
        "--build-service-account=projects/$PROJECT/serviceAccounts/$(account nutera-build)" \
        "--service-account=$(account "$name")" \
        "--set-env-vars=$environment" "--set-secrets=${secrets#,}" \
        --min-instances=0 "--max-instances=$instances" "--memory=$memory" "--timeout=$seconds" \
        "--concurrency=$threads" \
        --cpu-boost "$cpu" --ingress=all --allow-unauthenticated --quiet
done

if [[ -n $SOURCE ]]; then
    say "Every week ($SCHEDULE, $TIMEZONE): the source $SOURCE becomes a batch that waits for approval"
    if listed weekly-sync gcloud scheduler jobs list "--project=$PROJECT" "--location=$REGION" '--format=value(name.basename())'; then
        verb=update headers=--update-headers
    else
        verb=create headers=--headers
    fi
    run gcloud scheduler jobs "$verb" http weekly-sync "--project=$PROJECT" "--location=$REGION" \
        "--schedule=$SCHEDULE" "--time-zone=$TIMEZONE" "--uri=$SYNC_URL/api/sync" --http-method=POST \
        "$headers=Content-Type=application/json" "--message-body={\"source\":\"$SOURCE\"}" \
        "--oidc-service-account-email=$(account weekly-sync-scheduler)" "--oidc-token-audience=$SYNC_URL" \
        --attempt-deadline=900s --max-retry-attempts=3 --min-backoff=300s
fi

say "Every day (02:30, $TIMEZONE): the housekeeping"
if listed housekeeping gcloud scheduler jobs list "--project=$PROJECT" "--location=$REGION" '--format=value(name.basename())'; then
    verb=update
else
    verb=create
fi
run gcloud scheduler jobs "$verb" http housekeeping "--project=$PROJECT" "--location=$REGION" \
    '--schedule=30 2 * * *' "--time-zone=$TIMEZONE" "--uri=$HOUSEKEEPING_URL/api/housekeeping" --http-method=POST \
    "--oidc-service-account-email=$(account housekeeping-scheduler)" "--oidc-token-audience=$HOUSEKEEPING_URL" \
    --attempt-deadline=900s --max-retry-attempts=3 --min-backoff=300s

# Keys that were split off say so: the data may still have to be migrated, and the functions refuse it until then.
quoted gcloud secrets versions access latest --secret=NUTERA_INTAKE_KEYS "--project=$PROJECT"
if ! ((DRY)) && gcloud secrets versions access latest --secret=NUTERA_INTAKE_KEYS "--project=$PROJECT" | grep -q 'tags1-'; then
    say 'Complaints are refused until the data is migrated, once: "Migrating stored data" in infra/README.md'
fi

say 'The site'
run "$PYTHON" manage.py site build --kelurahan "$KELURAHAN"
run firebase deploy --only hosting --project "$PROJECT" --non-interactive
