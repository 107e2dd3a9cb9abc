# shellcheck shell=bash
# Databases and buckets, and what can be brought back of them.

make_database() {
    local database=$1
    if listed "$database" gcloud firestore databases list "--project=$PROJECT" '--format=value(name.basename())'; then
        run gcloud firestore databases update "--project=$PROJECT" "--database=$database" \
            --enable-pitr --delete-protection
    else
        run gcloud firestore databases create "--project=$PROJECT" "--database=$database" \
            "--location=$REGION" --type=firestore-native --delete-protection --enable-pitr
    fi
}

# A database takes one daily schedule. Its backups lie with Google, apart from the database, and outlive it.
schedule_backups() {
    local database=$1
    look gcloud firestore backups schedules list "--project=$PROJECT" "--database=$database" \
        '--filter=NOT weeklyRecurrence.day:*' '--format=value(name.basename())'
    if [[ -n $FOUND ]]; then
        run gcloud firestore backups schedules update "--project=$PROJECT" "--database=$database" \
            "--backup-schedule=${FOUND%%$'\n'*}" "--retention=${BACKUP_DAYS}d"
    else
        run gcloud firestore backups schedules create "--project=$PROJECT" "--database=$database" \
            --recurrence=daily "--retention=${BACKUP_DAYS}d"
    fi
}

make_bucket() {
    listed "${1#gs://}" gcloud storage buckets list "--project=$PROJECT" '--format=value(name)' ||
        run gcloud storage buckets create "$1" "--project=$PROJECT" "--location=$REGION" \
            --uniform-bucket-level-access --public-access-prevention --soft-delete-duration=0
}
