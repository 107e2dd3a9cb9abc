# shellcheck shell=bash
# Alarms, uptime checks, the budget, and how long the log is kept. What is there is found again by its name.

# Alarms reach one address: that of the deployment's file.
CHANNEL=''
make_channel() {
    look gcloud beta monitoring channels list "--project=$PROJECT" \
        "--filter=type=email AND labels.email_address=\"$ALARM_EMAIL\"" '--format=value(name)'
    CHANNEL=${FOUND%%$'\n'*}
    [[ -z $CHANNEL ]] || return 0
    local create=(gcloud beta monitoring channels create "--project=$PROJECT" "--display-name=MY NUTERA"
        --type=email "--channel-labels=email_address=$ALARM_EMAIL" '--format=value(name)')
    quoted "${create[@]}"
    CHANNEL="projects/$PROJECT/notificationChannels/CHANNEL"
    ((DRY)) || CHANNEL=$("${create[@]}") || stop 'no notification channel could be made'
}

apply_policies() {
    local folder shown policies name there
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$folder'" EXIT
    shown=$folder
    ((DRY)) && shown=POLICIES
    look gcloud alpha monitoring policies list "--project=$PROJECT" --format=json
    policies=$("$PYTHON" infra/alert_policies.py "$folder" <<<"${FOUND:-[]}") ||
        stop 'the alert policies could not be written'
    while read -r name there; do
        if [[ -n $there ]]; then
            run gcloud alpha monitoring policies update "$there" "--project=$PROJECT" \
                "--policy-from-file=$shown/$name.json" "--set-notification-channels=$CHANNEL"
        else
            run gcloud alpha monitoring policies create "--project=$PROJECT" \
                "--policy-from-file=$shown/$name.json" "--notification-channels=$CHANNEL"
        fi
    done <<<"$policies"
}

# /ready and not /readyz: Google keeps addresses that end in z to itself on run.app.
check_uptime() {
    local host=$1 path=$2 title="MY NUTERA: $1$2"
    listed "$title" gcloud monitoring uptime list-configs "--project=$PROJECT" '--format=value(displayName)' ||
        run gcloud monitoring uptime create "$title" "--project=$PROJECT" --resource-type=uptime-url \
            "--resource-labels=host=$host,project_id=$PROJECT" "--path=$path" --protocol=https \
            --validate-ssl=true --period=15 --timeout=30
}

watch_budget() {
    [[ -n $BILLING_ACCOUNT ]] || {
        printf '# No billing_account in the deployment'\''s file: no budget is watched.\n'
        return 0
    }
    listed "MY NUTERA $PROJECT" gcloud billing budgets list "--billing-account=$BILLING_ACCOUNT" \
        '--format=value(displayName)' ||
        run gcloud billing budgets create "--billing-account=$BILLING_ACCOUNT" \
            "--display-name=MY NUTERA $PROJECT" "--budget-amount=$BUDGET" "--filter-projects=projects/$PROJECT" \
            --calendar-period=month --threshold-rule=percent=0.5 --threshold-rule=percent=0.9 \
            --threshold-rule=percent=1.0 "--notifications-rule-monitoring-notification-channels=$CHANNEL"
}
