// Records what the report function of sla-monitor writes, as samples for the tests of `sla-reporter`.
//
//     TZ=UTC node record.js --original FOLDER --output Tests/SLAReportTests/Samples/original-report.json
//
// The folder has billtrust's sla-monitor-report-lambda; it is not committed. It needs the packages moment 2.24.0,
// moment-range 4.0.2 and json-query 2.2.2 in its node_modules. The AWS client and the log are stand-ins, and the time
// stands still; all else is the original's own code, called by its handler.
'use strict';
const fs = require('fs');
const Module = require('module');
const path = require('path');

const options = Object.fromEntries(
    process.argv.slice(2).map((text, place, all) => [text, all[place + 1]]).filter((_, place) => place % 2 === 0));
const folder = path.resolve(options['--original']);

// The case that is recorded.
let sample;
let written;

const answer = value => ({ promise: async () => value });

const AWS = {
    CloudWatch: class {
        // Two pages, as long series have. The start is included, from its whole minute on.
        getMetricData(params) {
            const start = Math.floor(new RealDate(params.StartTime).getTime() / 60000) * 60;
            const all = sample.points.filter(point => point[0] >= start);
            const half = Math.ceil(all.length / 2);
            const points = params.NextToken ? all.slice(half) : all.slice(0, half);
            const column = values => ({ Timestamps: points.map(point => new Date(point[0] * 1000)), Values: values });
            return answer({
                NextToken: params.NextToken ? undefined : 'second-page',
                MetricDataResults: [
                    column(points.map(point => point[1])), column(points.map(() => 1)),
                    column(points.map(point => point[2])),
                ],
            });
        }
        listMetrics() {
            return answer({
                Metrics: sample.services.map(name => ({
                    Dimensions: [{ Name: 'Region', Value: 'us-east-1' }, { Name: 'Service', Value: name }] })),
            });
        }
    },
    S3: class {
        putObject(params) {
            written[params.Key] = params.Body;
            return answer({});
        }
        headObject() {
            return { promise: async () => { throw Object.assign(new Error('NotFound'), { code: 'NotFound' }); } };
        }
    },
    SQS: class {},
    STS: class { getCallerIdentity() { return answer({ Account: '111122223333' }); } },
};

const quiet = { trace() {}, debug() {}, info() {}, error() {} };
const load = Module._load;
Module._load = function (name, ...rest) {
    if (name === 'aws-sdk') return AWS;
    if (name === 'bunyan') return { createLogger: () => quiet };
    if (name === 'bunyan-prettystream') return class { pipe() {} };
    return load.call(this, name, ...rest);
};

const RealDate = Date;
global.Date = class extends RealDate {
    constructor(...parts) { super(...(parts.length ? parts : [sample.now])); }
    static now() { return sample.now; }
};

async function record(given) {
    sample = given;
    written = {};
    const environment = {
        REPORTS_S3_BUCKET_NAME: 'reports', REPORTS_S3_PREFIX: 'slamon/', METRIC_NAMESPACE: 'SLA-Monitor',
        TIME_RANGES: given.ranges, SLARUNNER_S3BUCKETNAME: given.logBucket, SERVICES_LIST_TTL_SECONDS: '30',
        AWS_ENV: given.environment,
    };
    for (const [name, value] of Object.entries(environment)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
    for (const file of Object.keys(require.cache)) if (file.startsWith(folder + '/src')) delete require.cache[file];
    const { handler } = require(path.join(folder, 'src/index.js'));
    const [timestamp, succeeded, testExecutionSecs] = given.message;
    const message = JSON.stringify({ timestamp, succeeded, service: given.service, groups: [], testExecutionSecs });
    const body = JSON.stringify({ Type: 'Notification', Message: message });
    const event = { Records: [{ body, receiptHandle: 'MessageReceiptHandle' }] };
    const error = await new Promise(done => handler(event, {}, done));
    if (error) throw error;
    return { ...given, files: written };
}

// A series from a text, the oldest first, such as FFFSSFS: one result every so many seconds, the last one the message.
function series(name, text, step = 60, more = {}) {
    const now = 1795964460500;
    const results = [...text].map((letter, place) => [
        1795964460 - step * (text.length - 1 - place), letter === 'S' ? 1 : 0, 14.6719 + place]).reverse();
    const [message, ...points] = results;
    return {
        name, now, ranges: '1d,3d,7d,14d', logBucket: 'sla-monitor-runner-logs', environment: 'dev', service: 'myservice',
        services: ['myservice'], message: [message[0], message[1] === 1, message[2]], points, ...more };
}

// Numerical Recipes' linear congruential generator: the samples are the same every time.
function random(seed) {
    return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function randomSeries(seed) {
    const next = random(seed);
    const now = 1795964460000 + Math.floor(next() * 60000);
    const newest = Math.floor(now / 1000) - Math.floor(next() * 20);
    const points = [];
    let minute = Math.floor(newest / 60) * 60 - (next() < 0.5 ? 60 : 0);
    const step = [60, 300, 3600, 14400][Math.floor(next() * 4)];
    const bad = next();
    for (let count = Math.floor(next() * 24); count > 0; count--) {
        points.push([minute, next() < bad ? 0 : 1, Math.round(next() * 1e5) / 1e4]);
        minute -= step * (next() < 0.1 ? 7 : 1);
    }
    return {
        name: `random ${seed}`, now, ranges: seed % 3 ? '1d,3d' : '3d,1d', logBucket: 'logs', environment: 'prod', service: 'shop-api',
        services: ['shop-api', 'mail'], message: [newest, next() >= bad, Math.round(next() * 100)], points };
}

const day = 86400;
const end = 1795964460;
const samples = [
    series('FFFSSFS, the newest first', 'SFSSFFF'), series('FFFSSFS', 'FFFSSFS'), series('one good result', 'S'), series('one bad result', 'F'),
    series('all good', 'SSSSS'), series('all bad', 'FFFFF'), series('bad now', 'SSSFF'), series('good now', 'FFSS'),
    series('every other one', 'SFSFSFSF'), series('99.5 % is cut to 99', 'S'.repeat(99) + 'F' + 'S'.repeat(99), 60, { ranges: '1d' }),
    series('hours', 'SFFSSSSFSSFFFSSSSSSSFSSSSSFSSSSSSFFSSSSS', 3600, { ranges: '1d,3d' }),
    series('days', 'SFSSFFSSSFSSFS', day),
    series('at the boundaries', 'S', 60, {
        now: end * 1000, ranges: '1d,3d',
        points: [[end - day, 0, 1], [end - day - 60, 1, 2], [end - 3 * day, 0, 3]] }),
    series('half a second late', 'S', 60, { ranges: '1d,3d', points: [[end - day, 0, 1], [end - 3 * day, 0, 3]] }),
    series('no environment, no bucket', 'SFS', 60, { environment: undefined, logBucket: undefined }),
    series('text that needs escapes', 'SFS', 60, { service: 'a "b" ü \u2028', services: ['é', 'a/b', '\u001f \\'] }),
    series('no time measured', 'SS', 60, { message: [end, true, null], points: [[end - 60, 1, 0]] }),
    series('seconds apart', 'S', 60, { message: [end + 3, false, 1], points: [[end, 0, 1e-7], [end - 60, 1, 1234567.5]] }),
    ...Array.from({ length: 24 }, (_, seed) => randomSeries(seed + 1)),
];

(async () => {
    const recorded = [];
    for (const given of samples) recorded.push(await record(given));
    fs.writeFileSync(options['--output'], '[\n' + recorded.map(one => JSON.stringify(one)).join(',\n') + '\n]\n');
})();
