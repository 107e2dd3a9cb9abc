# shellcheck shell=bash
# Keys of the three databases, before the databases: a database without its key means that the key is lost.

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
