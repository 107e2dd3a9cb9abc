# shellcheck shell=bash
# Printing, running and looking up: what every step of deploy.sh is made of.

stop() {
    printf 'deploy.sh: %s\n' "$1" >&2
    exit 2
}

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

# What a listing prints; nothing in a dry run, where nothing is there. A listing, because "describe"
# fails alike for what is missing and for what can't be reached.
FOUND=''
look() {
    quoted "$@"
    FOUND=''
    ((DRY)) || FOUND=$("$@") || stop 'could not list what is there'
}

# Is this line in what a listing prints?
listed() {
    local wanted=$1
    shift
    look "$@"
    grep -Fxq -- "$wanted" <<<"$FOUND"
}

account() { printf '%s@%s.iam.gserviceaccount.com' "$1" "$PROJECT"; }

make_account() {
    listed "$(account "$1")" gcloud iam service-accounts list "--project=$PROJECT" '--format=value(email)' ||
        run gcloud iam service-accounts create "$1" "--project=$PROJECT" "--display-name=$2"
}
