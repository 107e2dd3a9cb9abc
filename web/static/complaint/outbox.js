// The outbox: complaints that have no receipt yet, in IndexedDB on this phone alone. Nothing in it is
// sent before its owner says so.
//
// A record has id, kind, title, fields, photos and `at`, when it was begun (milliseconds). Besides:
//   key: the idempotency key it was last sent with, so that it is one complaint however often it is
//     sent. A draft has none.
//   open: when it was last put into the form; 0 where it waits in the list.
//   sent: what was posted without an answer and may have arrived, as {key, fields, photos: a number}.
//   faults: what the server refused, by field.
//   second: true where an earlier version has arrived, so that this one is a second complaint.
export const outbox = new Map();

let database = null;
// Fails where the browser has no IndexedDB, or no access to it.
const transact = async (mode, work) => {
  database =
    database ||
    new Promise((done, fail) => {
      const request = indexedDB.open("pengaduan", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: "id" });
      request.onsuccess = () => done(request.result);
      request.onerror = fail;
    });
  const transaction = (await database).transaction("unsent", mode);
  return new Promise((done, fail) => {
    const request = work(transaction.objectStore("unsent"));
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = fail;
  });
};

// Says whether the phone could keep it. A draft is kept without the NIK.
export const keep = (record) => {
  outbox.set(record.id, record);
  const fields = { ...record.fields };
  if (!record.key) delete fields.nik;
  return transact("readwrite", (store) => store.put({ ...record, fields })).then(
    () => true,
    () => false,
  );
};

export const drop = (record) => {
  outbox.delete(record.id);
  return transact("readwrite", (store) => store.delete(record.id)).catch(() => {});
};

// What is remembered of a record that is posted.
export const asSent = ({ key, fields, photos }) => ({ key, fields, photos: photos.length });

// All records, oldest first.
export const readRecords = async () => {
  const found = await transact("readonly", (store) => store.getAll()).catch(() => []);
  for (const record of found) {
    // kept by a version of this script that didn't write `sent`
    if (!record.sent) record.sent = record.key ? [asSent(record)] : [];
    if (!outbox.has(record.id)) outbox.set(record.id, record);
  }
  return [...outbox.values()].sort((one, other) => one.at - other.at);
};
