// dcmjs-dimse as a client: echo, store, find and get; says what it got. Arguments: port, file, Study Instance UID.
const { createHash } = require('crypto');
const dcmjsDimse = require('dcmjs-dimse');
const { Client } = dcmjsDimse;
const { CEchoRequest, CStoreRequest, CFindRequest, CGetRequest } = dcmjsDimse.requests;
const { Status } = dcmjsDimse.constants;
const [port, file, study] = process.argv.slice(2);

function exchange(requests, onStore) {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const answers = [];
    requests.forEach((request) => {
      client.addRequest(request);
      request.on('response', (response) => answers.push(response));
    });
    client.on('cStoreRequest', (request, callback) => onStore(request, callback));
    client.on('associationRejected', (reason) => reject(new Error(`rejected ${JSON.stringify(reason)}`)));
    client.on('networkError', reject);
    client.on('closed', () => resolve(answers));
    client.send('127.0.0.1', Number(port), 'DCMJS', 'NORTH');
  });
}

// A name is an object, a list of them, or text, by the version of dcmjs.
function nameOf(value) {
  const name = Array.isArray(value) ? value[0] : value;
  return name && name.Alphabetic !== undefined ? name.Alphabetic : String(name);
}

function check(condition, what) {
  if (!condition) throw new Error(what);
}

async function main() {
  const echo = await exchange([new CEchoRequest()]);
  check(echo.length === 1 && echo[0].getStatus() === Status.Success, 'echo failed');
  console.log('echo ok');

  const store = await exchange([new CStoreRequest(file)]);
  check(store.length === 1 && store[0].getStatus() === Status.Success, 'store failed');
  console.log('store ok');

  let found = [];
  for (let attempt = 0; attempt < 40 && found.length === 0; attempt++) {
    const query = CFindRequest.createStudyFindRequest({
      StudyInstanceUID: study,
      PatientName: '',
      PatientID: '',
      NumberOfStudyRelatedInstances: '',
    });
    const answers = await exchange([query]);
    check(answers.at(-1).getStatus() === Status.Success, 'find failed');
    found = answers.filter((answer) => answer.getStatus() === Status.Pending);
    if (found.length === 0) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log('find', found.length);
  for (const answer of found) {
    const match = answer.getDataset().getElements();
    const instances = match.NumberOfStudyRelatedInstances;
    console.log('found', nameOf(match.PatientName), match.PatientID, match.StudyInstanceUID, instances);
  }

  let received = 0;
  const get = await exchange([CGetRequest.createStudyGetRequest(study)], (request, callback) => {
    received++;
    const got = request.getDataset().getElements();
    console.log('got', nameOf(got.PatientName), got.StudyInstanceUID, got.SeriesInstanceUID, got.SOPInstanceUID);
    const [pixels] = Array.isArray(got.PixelData) ? got.PixelData : [got.PixelData];
    console.log('pixels', createHash('sha256').update(Buffer.from(pixels)).digest('hex'));
    const response = dcmjsDimse.responses.CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  });
  check(get.at(-1).getStatus() === Status.Success, 'get failed');
  console.log('get', received);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
