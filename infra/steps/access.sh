# shellcheck shell=bash
# Who may open what.

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

# A bucket that a function may not open: no grant on the bucket itself, which those of the project don't show.
refuse_bucket() {
    ! listed "serviceAccount:$(account "$1")" gcloud storage buckets get-iam-policy "$2" "--project=$PROJECT" \
        '--flatten=bindings[].members' '--format=value(bindings.members)' ||
        stop "$1 may open $2. Take that away, then run this again."
}

# The one account that may call a service. Grants are only ever added, so what else may is looked for.
allow_only() {
    local service=$1 caller
    caller="serviceAccount:$(account "$2")"
    run gcloud run services add-iam-policy-binding "$service" "--project=$PROJECT" "--region=$REGION" \
        "--member=$caller" --role=roles/run.invoker --format=none
    look gcloud run services get-iam-policy "$service" "--project=$PROJECT" "--region=$REGION" \
        '--flatten=bindings[].members' '--format=value(bindings.members)'
    ((DRY)) || [[ $FOUND == "$caller" ]] ||
        stop "$service may be called by more than $caller. Take that away, then run this again."
}
