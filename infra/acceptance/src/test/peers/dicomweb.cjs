// dicomweb-client: store, search, metadata, instance and frames; says what it got. Arguments: base URL, file, Study Instance UID.
global.XMLHttpRequest = require('xhr2');
const { api } = require('dicomweb-client');
const { createHash } = require('crypto');
const fs = require('fs');
const [url, file, study] = process.argv.slice(2);

const sha256 = (bytes) => createHash('sha256').update(Buffer.from(bytes)).digest('hex');
const first = (match, tag) => match[tag] && match[tag].Value && match[tag].Value[0];
const name = (match) => (first(match, '00100010') || {}).Alphabetic;

// What is behind the file meta information, whose length is its first element (PS3.10 7.1).
const dataset = (file) => Buffer.from(file).subarray(144 + Buffer.from(file).readUInt32LE(140));

async function main() {
  const client = new api.DICOMwebClient({ url, singlepart: '' });
  const bytes = fs.readFileSync(file);
  await client.storeInstances({ datasets: [bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)] });
  console.log('store ok');

  // Each level of the index becomes visible for itself, a moment after the store.
  const visible = async (search) => {
    let found = [];
    for (let attempt = 0; attempt < 40 && found.length === 0; attempt++) {
      found = (await search()) || [];
      if (found.length === 0) await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return found;
  };
  const studies = await visible(() => client.searchForStudies({ queryParams: { StudyInstanceUID: study } }));
  console.log('search', studies.length);
  for (const match of studies) {
    console.log('found', name(match), first(match, '00100020'), first(match, '0020000D'), first(match, '00201208'));
  }
  const series = await visible(() => client.searchForSeries({ studyInstanceUID: study }));
  console.log('series', series.length);
  for (const match of series) {
    console.log('found', first(match, '0020000E'), first(match, '00080060'), first(match, '00201209'));
  }
  const metadata = await client.retrieveStudyMetadata({ studyInstanceUID: study });
  console.log('metadata', metadata.length);
  const [header] = metadata;
  const seriesInstanceUID = first(header, '0020000E');
  const sopInstanceUID = first(header, '00080018');
  console.log('described', name(header), first(header, '0020000D'), seriesInstanceUID, sopInstanceUID);

  const ids = { studyInstanceUID: study, seriesInstanceUID, sopInstanceUID };
  console.log('dataset', sha256(dataset(await client.retrieveInstance(ids))));
  const frames = await client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
  console.log('frames', frames.length);
  console.log('pixels', sha256(frames[0]));
}

main().catch((error) => {
  console.error(error.message || error, error.response || '');
  process.exit(1);
});
