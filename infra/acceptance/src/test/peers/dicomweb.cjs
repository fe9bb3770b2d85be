// dicomweb-client: store, search, metadata, instance and frame. Arguments: base URL, file, Study Instance UID.
global.XMLHttpRequest = require('xhr2');
const { api } = require('dicomweb-client');
const fs = require('fs');
const [url, file, study] = process.argv.slice(2);

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
    return found.length;
  };
  console.log('search', await visible(() => client.searchForStudies({ queryParams: { StudyInstanceUID: study } })));
  console.log('series', await visible(() => client.searchForSeries({ studyInstanceUID: study })));
  const metadata = await client.retrieveStudyMetadata({ studyInstanceUID: study });
  console.log('metadata', metadata.length);

  const seriesInstanceUID = metadata[0]['0020000E'].Value[0];
  const sopInstanceUID = metadata[0]['00080018'].Value[0];
  const ids = { studyInstanceUID: study, seriesInstanceUID, sopInstanceUID };
  const instance = await client.retrieveInstance(ids);
  // Our own file meta information may be shorter or longer; what counts is the data set behind it.
  const tail = Buffer.from(instance).subarray(-1000);
  if (!bytes.subarray(-1000).equals(tail)) throw new Error('the data set differs');
  console.log('retrieve', bytes.length);
  const frames = await client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
  const expected = metadata[0]['00280010'].Value[0] * metadata[0]['00280011'].Value[0] * 2;
  if (frames[0].byteLength !== expected) throw new Error(`frame of ${frames[0].byteLength} bytes`);
  console.log('frame ok');
}

main().catch((error) => {
  console.error(error.message || error, error.response || '');
  process.exit(1);
});
