// Prints how fast the JSON target is against FoundationEssentials, both in this process and in turns.
import FoundationEssentials
import JSON

typealias Ours = JSON.JSONDecoder
typealias Theirs = FoundationEssentials.JSONDecoder

let comparison = Comparison()
let (ours, theirs) = (Ours(), Theirs())

let event = Payload.event(records: 10)
let eventData = Data(event)
try comparison.run("decode an SQS event, SNS envelopes and results inside (\(event.count) bytes)", bytes: event.count) {
    try ours.decode(QueueEvent.self, from: event).results { try ours.decode($0, from: $1) }.count
} theirs: {
    try theirs.decode(QueueEvent.self, from: eventData).results { try theirs.decode($0, from: Data($1.utf8)) }.count
}

let results = Payload.results(count: 5_000)
let resultsData = Data(results)
try comparison.run("decode an array of objects (\(results.count) bytes)", bytes: results.count) {
    try ours.decode([TestResult].self, from: results).count
} theirs: {
    try theirs.decode([TestResult].self, from: resultsData).count
}

let series = Payload.series(count: 500)
let seriesData = Data(series)
try comparison.run("decode arrays of numbers (\(series.count) bytes)", bytes: series.count) {
    try ours.decode([Series].self, from: series).count
} theirs: {
    try theirs.decode([Series].self, from: seriesData).count
}

let points = Payload.points(count: 10_000)
let pointsData = Data(points)
try comparison.run("decode objects of numbers (\(points.count) bytes)", bytes: points.count) {
    try ours.decode([Point].self, from: points).count
} theirs: {
    try theirs.decode([Point].self, from: pointsData).count
}

let decodedResults = try ours.decode([TestResult].self, from: results)
let decodedSeries = try ours.decode([Series].self, from: series)
let (ourEncoder, theirEncoder) = (JSON.JSONEncoder(), FoundationEssentials.JSONEncoder())
try comparison.run("encode an array of objects", bytes: results.count) {
    try ourEncoder.encode(decodedResults).isEmpty ? 0 : 1
} theirs: {
    try theirEncoder.encode(decodedResults).isEmpty ? 0 : 1
}
try comparison.run("encode arrays of numbers", bytes: series.count) {
    try ourEncoder.encode(decodedSeries).isEmpty ? 0 : 1
} theirs: {
    try theirEncoder.encode(decodedSeries).isEmpty ? 0 : 1
}

let tree = try JSONValue(parsing: results)
try comparison.run("parse into a tree; theirs decodes the type", bytes: results.count) {
    try JSONValue(parsing: results).arrayValue?.count ?? 0
} theirs: {
    try theirs.decode([TestResult].self, from: resultsData).count
}
try comparison.run("write a tree; theirs encodes the type", bytes: results.count) {
    tree.serialized().isEmpty ? 0 : 1
} theirs: {
    try theirEncoder.encode(decodedResults).isEmpty ? 0 : 1
}
