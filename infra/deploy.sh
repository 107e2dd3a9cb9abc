#!/usr/bin/env bash
# Deploys MY NUTERA of one kelurahan to a Google Cloud project. Can be run again at any time: what is
# there stays, what differs is set right, and what would be lost or taken over stops it. Without --yes it
# only prints what it would run, for a project in which nothing is there yet. infra/README.md says what
# has to be done before, and after.
set -euo pipefail

usage() {
    cat <<'TEXT'
infra/deploy.sh FILE [options]

  FILE             the deployment: infra/deployments/NAME.toml, see contoh.toml there
  --dry-run        print every command, run none (the default)
  --yes            run them
  --accept NAMES   of what stops it because it would be lost or taken over, this is meant:
                   kelurahan, source, region, functions, environment; with commas
TEXT
}

CALLED_FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for step in running keys data access monitoring; do
    # shellcheck source=/dev/null
    source "infra/steps/$step.sh"
done

DRY=1 FILE='' ACCEPT=''
while (($#)); do
    case $1 in
        --dry-run) DRY=1 ;;
        --yes) DRY=0 ;;
        -h | --help) usage && exit 0 ;;
        --accept)
            (($# > 1)) || stop "$1 needs a value"
            ACCEPT=$2
            shift
            ;;
        -*) usage >&2 && stop "unknown option: $1" ;;
        *)
            [[ -z $FILE ]] || stop 'one deployment at a time'
            FILE=$1
            ;;
    esac
    shift
done
[[ -n $FILE ]] || { usage >&2 && stop 'give the file of the deployment'; }
[[ $FILE == /* ]] || FILE=$CALLED_FROM/$FILE
[[ $ACCEPT =~ ^((kelurahan|source|region|functions|environment)(,|$))*$ ]] ||
    stop '--accept: kelurahan, source, region, functions, environment'

PYTHON=${PYTHON:-.venv/bin/python}
command -v "$PYTHON" >/dev/null || stop "no $PYTHON: run make venv first"

FACTS=$("$PYTHON" infra/facts.py "$FILE") || exit 1
fact() { sed -n "s/^$1=//p" <<<"$FACTS"; }
PROJECT=$(fact project) KELURAHAN=$(fact kelurahan) REGION=$(fact region) SOURCE=$(fact source)
SCHEDULE=$(fact schedule) LOOKUP_INSTANCES=$(fact max_instances) TRUSTED_HOPS=$(fact trusted_hops)
FIREBASE_PROJECT=$(fact firebase_project) BACKUP_DAYS=$(fact backup_days) LOG_DAYS=$(fact log_days)
# shellcheck disable=SC2034 # used by steps/monitoring.sh
ALARM_EMAIL=$(fact alarm_email) BILLING_ACCOUNT=$(fact billing_account) BUDGET=$(fact budget)
TIMEZONE=$(fact timezone) SOURCE_KIND=$(fact source_kind) BUCKET=$(fact bucket)
BASE_URL=$(fact base_url)
FILES_BUCKET="gs://$PROJECT-files" BACKUP_BUCKET="gs://$PROJECT-backups"

# name, function, databases it reads and writes, databases it only reads, whether it opens the bucket of
# files (photos of complaints), who may call it (anybody, or the scheduler alone), instances, memory, seconds.
# The separation that docs/decisions/0002 asks for stands here and nowhere else; a test holds it against
# what each function says it needs.
FUNCTIONS=(
    "complaint-intake  complaint_intake  intake                  -       files  anybody    2                  1Gi    120"
    "housekeeping      housekeeping      registry,intake,lookup  -       files  scheduler  1                  512Mi  900"
    "nik-lookup        nik_lookup        lookup                  -       -      anybody    $LOOKUP_INSTANCES  512Mi  30"
    "staff-console     staff_console     registry,intake,lookup  -       files  anybody    1                  1Gi    900"
    "transparency      transparency      -                       lookup  -      anybody    1                  512Mi  30"
    "weekly-sync       weekly_sync       registry,lookup         -       -      anybody    1                  1Gi    900"
)
for folder in functions/*/main.py; do
    function=$(basename "$(dirname "$folder")")
    [[ ${FUNCTIONS[*]} =~ [[:space:]]"$function"[[:space:]] ]] ||
        stop "functions/$function has no line in FUNCTIONS: which databases may it open?"
done

((DRY)) && printf '# Nothing is run. With --yes these are; what is there already is left out then.\n'
say "$(fact title) in the project $PROJECT"
[[ $BASE_URL != *.example* ]] ||
    printf '# site.base_url in kelurahan/%s.toml is still an example: links and sitemap will be wrong.\n' "$KELURAHAN"

say 'APIs'
APIS=(run cloudbuild artifactregistry firestore firebaserules firebasehosting iam secretmanager cloudscheduler
    monitoring logging)
[[ $SOURCE_KIND != sheet ]] || APIS+=(sheets)
[[ -z $BILLING_ACCOUNT ]] || APIS+=(billingbudgets)
run gcloud services enable "${APIS[@]/%/.googleapis.com}" "--project=$PROJECT"

# The address of a service is known before there is one: https://NAME-NUMBER.REGION.run.app
quoted gcloud projects describe "$PROJECT" '--format=value(projectNumber)'
PROJECT_NUMBER=PROJECT_NUMBER
((DRY)) || PROJECT_NUMBER=$(gcloud projects describe "$PROJECT" '--format=value(projectNumber)')
host_of() { printf '%s-%s.%s.run.app' "$1" "$PROJECT_NUMBER" "$REGION"; }
SYNC_URL="https://$(host_of weekly-sync)"
HOUSEKEEPING_URL="https://$(host_of housekeeping)"

# As many threads as requests, so that none waits for a thread: a slow body holds one until --timeout.
# Uploads lie in memory while they pass, so fewer of them at a time.
threads_of() { if [[ $1 == nik-lookup || $1 == transparency ]]; then printf 80; else printf 16; fi; }

# The settings of a function, from its line in FUNCTIONS; its keys come as secrets.
environment_of() {
    local name files callers instances environment
    read -r name _ _ _ files callers instances _ <<<"$1"
    environment="NUTERA_STORE=firestore,NUTERA_PROJECT=$PROJECT,NUTERA_KELURAHAN=$KELURAHAN"
    environment+=",NUTERA_MAX_INSTANCES=$instances,NUTERA_TRUSTED_HOPS=$TRUSTED_HOPS,THREADS=$(threads_of "$name")"
    [[ $files == - ]] || environment+=",NUTERA_FILES=$FILES_BUCKET"
    [[ -z $FIREBASE_PROJECT ]] || environment+=",NUTERA_FIREBASE_PROJECT=$FIREBASE_PROJECT"
    if [[ $name == weekly-sync && -n $SOURCE ]]; then
        environment+=",NUTERA_SCHEDULER_EMAIL=$(account weekly-sync-scheduler),NUTERA_SCHEDULER_AUDIENCE=$SYNC_URL"
    fi
    if [[ $callers == scheduler ]]; then
        environment+=",NUTERA_SCHEDULER_EMAIL=$(account "$name-scheduler"),NUTERA_SCHEDULER_AUDIENCE=https://$(host_of "$name")"
        environment+=",NUTERA_SCHEDULER_CHECK=platform"
    fi
    printf '%s' "$environment"
}

# --- before anything is changed: would something be lost, or taken over? ----------------------------

say 'What is deployed already'
look gcloud run services list "--project=$PROJECT" --format=json
SERVICES=${FOUND:-[]}
look gcloud scheduler jobs list "--project=$PROJECT" "--location=$REGION" --format=json
JOBS=${FOUND:-[]}
for line in "${FUNCTIONS[@]}"; do
    printf '%s %s\n' "${line%% *}" "$(environment_of "$line")"
done | "$PYTHON" infra/preflight.py --region "$REGION" --source "$SOURCE" --accept "$ACCEPT" \
    <(printf '%s' "$SERVICES") <(printf '%s' "$JOBS") ||
    stop 'Nothing was changed. What is meant is accepted with --accept and the names in brackets.'

say 'Keys of the three databases'
make_keys NUTERA_REGISTRY_KEYS registry
make_keys NUTERA_INTAKE_KEYS intake
make_keys NUTERA_LOOKUP_KEYS lookup

say 'Databases, with rules, indexes and time to live; seven days can be gone back to any minute'
for database in registry intake lookup; do
    make_database "$database"
done
run firebase deploy --only firestore --project "$PROJECT" --non-interactive
say "A backup of each database every day, kept $BACKUP_DAYS days"
for database in registry intake lookup; do
    schedule_backups "$database"
done

# Photos are sealed before they come here. Without soft delete and without versions: what retention
# deletes is gone.
say 'The bucket of files'
make_bucket "$FILES_BUCKET"
run gcloud storage buckets update "$FILES_BUCKET" "--project=$PROJECT" --no-versioning --clear-soft-delete

# For what "manage.py backup" writes. No function may open it; what is overwritten or deleted there, by a
# mistake or by an attacker, is kept 30 days more, and everything goes after 92.
say 'The bucket of backups'
make_bucket "$BACKUP_BUCKET"
run gcloud storage buckets update "$BACKUP_BUCKET" "--project=$PROJECT" --versioning \
    --lifecycle-file=infra/backup-lifecycle.json

# --- who may open what ------------------------------------------------------------------------------

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
    refuse_bucket "$name" "$BACKUP_BUCKET"
    if [[ $files == - ]]; then
        refuse_bucket "$name" "$FILES_BUCKET"
    else
        run gcloud storage buckets add-iam-policy-binding "$FILES_BUCKET" "--project=$PROJECT" \
            "--member=serviceAccount:$(account "$name")" --role=roles/storage.objectUser --format=none
    fi
done
if [[ -n $BUCKET ]]; then
    say 'The inbox, to read only'
    run gcloud storage buckets add-iam-policy-binding "$BUCKET" "--project=$PROJECT" \
        "--member=serviceAccount:$(account weekly-sync)" --role=roles/storage.objectViewer --format=none
fi
[[ -z $SOURCE ]] || make_account weekly-sync-scheduler 'MY NUTERA: starts the weekly sync'
make_account housekeeping-scheduler 'MY NUTERA: starts the daily housekeeping'

# --- functions --------------------------------------------------------------------------------------

# Anybody may call most of them (a resident has no Google account, and Firebase Hosting only leads to
# what anybody may call), so each function checks by itself who asks. What the scheduler alone calls is
# closed twice besides: IAM lets nobody else in, and the internet can't reach it.
# --ingress=all: Firebase Hosting comes from outside the project's network. So a function can also be
# called past Hosting, with headers that say anything: see NUTERA_TRUSTED_HOPS in infra/README.md.
for line in "${FUNCTIONS[@]}"; do
    read -r name function writes reads _ callers instances memory seconds <<<"$line"
    say "The function $name"
    environment=$(environment_of "$line")
    secrets=''
    for database in ${writes//[,-]/ } ${reads//[,-]/ }; do
        secrets+=",NUTERA_${database^^}_KEYS=NUTERA_${database^^}_KEYS:latest"
    done
    # The console goes on reading a long list after its answer: its processor has to stay awake.
    cpu=--cpu-throttling
    [[ $name != staff-console ]] || cpu=--no-cpu-throttling
    reach=(--ingress=all --allow-unauthenticated)
    [[ $callers == anybody ]] || reach=(--ingress=internal --no-allow-unauthenticated)
    run gcloud run deploy "$name" "--project=$PROJECT" "--region=$REGION" --source=. \
        "--function=$function" --base-image=python312 \
        "--build-service-account=projects/$PROJECT/serviceAccounts/$(account nutera-build)" \
        "--service-account=$(account "$name")" \
        "--set-env-vars=$environment" "--set-secrets=${secrets#,}" \
        --min-instances=0 "--max-instances=$instances" "--memory=$memory" "--timeout=$seconds" \
        "--concurrency=$(threads_of "$name")" --cpu-boost "$cpu" "${reach[@]}" --quiet
    [[ $callers == anybody ]] || allow_only "$name" "$name-scheduler"
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
elif listed weekly-sync gcloud scheduler jobs list "--project=$PROJECT" "--location=$REGION" '--format=value(name.basename())'; then
    say 'No source is fetched any more: its job rests'
    run gcloud scheduler jobs pause weekly-sync "--project=$PROJECT" "--location=$REGION"
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
# Its own folder: firebase.json names none that exists, so that without --public nothing is published.
run firebase deploy --only hosting --public "web/dist/$KELURAHAN" --project "$PROJECT" --non-interactive

say "Alarms to $ALARM_EMAIL, uptime checks, and the log kept $LOG_DAYS days"
make_channel
apply_policies
SITE_HOST=${BASE_URL#*://}
check_uptime "${SITE_HOST%%/*}" /
for name in nik-lookup complaint-intake staff-console; do
    check_uptime "$(host_of "$name")" /ready
done
watch_budget
run gcloud logging buckets update _Default "--project=$PROJECT" --location=global "--retention-days=$LOG_DAYS"
