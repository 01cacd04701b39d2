import AWS
public import Basics
import DurableExecution
public import JSON
import Transport

/// Where a journal goes when a run has ended.
///
/// An output that fails is told, and does not change the verdict: the run is over.
public struct JournalOutput: Sendable {
    /// A journal, and which run it is of.
    public struct Entry: Sendable {
        /// The run's name.
        public let run: String
        /// Where the experiment came from; nil for one that was inline.
        public let source: String?
        /// The journal, with secrets masked.
        public let journal: JSONObject

        /// A journal.
        public init(run: String, source: String?, journal: JSONObject) {
            (self.run, self.source, self.journal) = (run, source, journal)
        }

        /// The experiment's title.
        var title: String { journal["experiment"]?["title"]?.stringValue ?? "experiment" }
        /// `done` for a run that completed without a deviation and left nothing broken, otherwise `failed`.
        public var state: String {
            let isDone = journal["status"] == "completed" && journal["deviated"] != true
            return isDone && !isBroken ? "done" : "failed"
        }
        /// Whether something that the run changed is not as it was, or nobody knows.
        private var isBroken: Bool {
            (journal["tocsin"]?["targets"]?.arrayValue ?? []).contains { target in
                target["outcome"]?.stringValue.flatMap(LedgerEntry.State.init)?.isOpen == true
            }
        }
        var start: Timestamp { journal["start"]?.stringValue.flatMap { Timestamp(iso8601: $0) } ?? .now() }
        var end: Timestamp { journal["end"]?.stringValue.flatMap { Timestamp(iso8601: $0) } ?? .now() }
    }

    /// What it is, for messages.
    let name: String
    /// Writes a journal; returns where it is, if that can be named.
    let write: @Sendable (Entry, _ deadline: Timestamp) async throws -> String?
    /// What happens when a process ends while it writes: what is counted must not be counted twice.
    var repetition = StepRepetition.atLeastOnce

    /// What became of an output.
    public struct Result: Sendable {
        /// The output's name.
        public let name: String
        /// Where the journal is.
        public let location: String?
        /// Why it is not there.
        public let error: String?
    }

    /// Writes a journal to all outputs, one after another.
    public static func write(_ entry: Entry, to outputs: [JournalOutput], until deadline: Timestamp) async -> [Result] {
        var results: [Result] = []
        for output in outputs {
            do {
                let location = try await output.write(entry, deadline)
                results.append(Result(name: output.name, location: location, error: nil))
            } catch {
                results.append(Result(name: output.name, location: nil, error: "\(error)"))
            }
        }
        return results
    }

    /// Writes a journal to all outputs, each as a step of the run.
    static func write(
        _ entry: Entry, to outputs: [JournalOutput], on scope: DurableScope, until deadline: Timestamp
    ) async throws -> [Result] {
        var results: [Result] = []
        for output in outputs {
            let stored: JSONValue
            do {
                stored = try await scope.step("journal to \(output.name)", output.repetition) {
                    let result = await write(entry, to: [output], until: deadline)[0]
                    return [
                        "location": result.location.map { .string($0) } ?? nil,
                        "error": result.error.map { .string($0) } ?? nil,
                    ]
                }
            } catch let error as DurableError where error.code == .interrupted {
                stored = ["error": "the process that wrote it has ended, so nobody knows whether it was written"]
            }
            results.append(
                Result(
                    name: output.name, location: stored["location"]?.stringValue, error: stored["error"]?.stringValue))
        }
        return results
    }

    /// Publishes a message in the form that the notifier reads.
    static func publish(
        _ message: JSONObject, subject: String, to topic: String, _ aws: @Sendable () throws -> AWSConfiguration,
        until deadline: Timestamp
    ) async throws {
        let client = try AWSClient(.sns, configuration: aws())
        let input: JSONValue = [
            "TopicArn": .string(topic), "Message": .string("\(message)"), "Subject": .string(subject),
        ]
        _ = try await client.call("Publish", input, deadline: deadline)
    }
}

extension JournalOutput {
    /// An object in S3: `<prefix><title>/<2026-11-28T034200Z>-<run>.json`.
    ///
    /// Needs `s3:PutObject`.
    static func bucket(_ bucket: String, prefix: String, aws: @escaping @Sendable () throws -> AWSConfiguration) -> Self
    {
        object(in: bucket, aws: aws) { entry in
            "\(prefix)\(slug(entry.title))/\(entry.start.iso8601(fractionDigits: 0).filter { $0 != ":" })-\(entry.run).json"
        }
    }

    /// An object with the key of the original function: the path and the minute of the end, with nothing between them.
    static func originalKey(
        in bucket: String, path: String, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> Self {
        object(in: bucket, aws: aws) { entry in
            let time = entry.end.iso8601(fractionDigits: 0)
            return "\(path)\(time.prefix(10))-\(time.dropFirst(11).prefix(5)):00"
        }
    }

    private static func object(
        in bucket: String, aws: @escaping @Sendable () throws -> AWSConfiguration,
        key: @escaping @Sendable (Entry) -> String
    ) -> Self {
        JournalOutput(name: "s3://\(bucket)") { entry, deadline in
            let key = key(entry)
            let client = try AWSClient(.s3, configuration: aws())
            _ = try await client.send(
                "PutObject",
                ["Bucket": .string(bucket), "Key": .string(key), "ContentType": "application/json"],
                body: .bytes(JSONValue.object(entry.journal).serialized(.pretty)), deadline: deadline)
            return "s3://\(bucket)/\(key)"
        }
    }

    /// A document in a search index, as the original function writes it.
    static func openSearch(
        host: String, index: String, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> Self {
        JournalOutput(name: "OpenSearch \(host)") { entry, deadline in
            let aws = try aws()
            let base = host.utf8.starts(with: "http".utf8) ? host : "https://\(host)"
            let url = "\(base)/\(percentEncoded(index))/_doc/\(percentEncoded(entry.run))"
            let request = HTTPRequest(
                "PUT", url, headers: ["Content-Type": "application/json"],
                body: .bytes(JSONValue.object(entry.journal).serialized()),
                totalTimeout: max(.seconds(1), deadline - aws.time.now()))
            let response = try await aws.send(request, signedFor: "es")
            guard 200..<300 ~= response.status else {
                throw ExperimentError(
                    .activityFailed,
                    "OpenSearch \(host) answered with status \(response.status): "
                        + String(decoding: response.body.prefix(300), as: UTF8.self))
            }
            return url
        }
    }

    /// An item in a table: `{"ISO8601": end, "event": the journal as text}`, as the original function writes it.
    ///
    /// A journal that is too large for an item goes without its outputs.
    static func table(_ name: String, aws: @escaping @Sendable () throws -> AWSConfiguration) -> Self {
        JournalOutput(name: "DynamoDB \(name)") { entry, deadline in
            let client = try AWSClient(.dynamoDB, configuration: aws())
            var text = "\(entry.journal)"
            if text.utf8.count > maximumItem { text = "\(entry.journal.withoutOutputs)" }
            let item: JSONValue = [
                "ISO8601": ["S": .string(entry.end.journalText)], "event": ["S": .string(text)],
                "run": ["S": .string(entry.run)],
            ]
            _ = try await client.call("PutItem", ["TableName": .string(name), "Item": item], deadline: deadline)
            return nil
        }
    }

    private static let maximumItem = 380 << 10

    /// A message to an SNS topic, in the form that the notifier reads.
    static func topic(_ arn: String, aws: @escaping @Sendable () throws -> AWSConfiguration) -> Self {
        JournalOutput(name: "SNS \(arn)") { entry, deadline in
            var message: JSONObject = [
                "experiment_source": .string(entry.source ?? entry.title), "state": .string(entry.state),
                "response": .object(entry.journal),
            ]
            if JSONValue.object(message).serialized().count > maximumMessage {
                message["response"] = .object(entry.journal.withoutOutputs)
            }
            try await publish(message, subject: "Experiment \(entry.state)", to: arn, aws, until: deadline)
            return nil
        }
    }

    private static let maximumMessage = 240 << 10

    /// Metrics in CloudWatch: `runs`, `deviated`, `failed` (0 or 1) and `duration` (seconds), for each experiment and
    /// without a dimension.
    static func metrics(namespace: String, aws: @escaping @Sendable () throws -> AWSConfiguration) -> Self {
        var output = JournalOutput(name: "CloudWatch \(namespace)") { entry, deadline in
            let client = try AWSClient(.cloudWatch, configuration: aws())
            /// Once for the experiment, and once for all of them together: alarms watch the sum.
            func data(_ name: String, _ value: Double, _ unit: String) -> [JSONValue] {
                let dimensions: [JSONValue] = [[["Name": "experiment", "Value": .string(slug(entry.title))]], []]
                return dimensions.map { dimensions in
                    [
                        "MetricName": .string(name), "Value": .double(value), "Unit": .string(unit),
                        "Timestamp": .string(entry.end.iso8601), "Dimensions": dimensions,
                    ]
                }
            }
            let hasFailed = entry.journal["status"] != "completed"
            let all =
                data("runs", 1, "Count") + data("deviated", entry.journal["deviated"] == true ? 1 : 0, "Count")
                + data("failed", hasFailed ? 1 : 0, "Count")
                + data("duration", entry.journal["duration"]?.doubleValue ?? 0, "Seconds")
            let input: JSONValue = ["Namespace": .string(namespace), "MetricData": .array(all)]
            _ = try await client.call("PutMetricData", input, deadline: deadline)
            return nil
        }
        output.repetition = .atMostOnce
        return output
    }

    /// A name for keys and dimensions: letters, digits and dashes of a title, at most 80.
    static func slug(_ title: String) -> String {
        var slug = ""
        for scalar in title.unicodeScalars.prefix(200) {
            if scalar.value < 128, UInt8(scalar.value).isASCIIAlphanumeric {
                slug.unicodeScalars.append(scalar)
            } else if !slug.hasSuffix("-"), !slug.isEmpty {
                slug += "-"
            }
        }
        let cut = slug.prefix(80)
        let name = cut.hasSuffix("-") ? String(cut.dropLast()) : String(cut)
        return name.isEmpty ? "experiment" : name
    }
}

extension JSONObject {
    /// A journal without the outputs of its activities, for places that take little.
    var withoutOutputs: JSONObject {
        var journal = self
        func stripped(_ records: JSONValue?) -> JSONValue {
            .array(
                (records?.arrayValue ?? []).map { record in
                    guard var record = record.objectValue else { return record }
                    record["output"] = "(left out: the whole journal has it)"
                    return .object(record)
                })
        }
        journal["run"] = stripped(journal["run"])
        journal["rollbacks"] = stripped(journal["rollbacks"])
        var states = journal["steady_states"]?.objectValue ?? [:]
        states["during"] = []
        for phase in ["before", "after"] {
            guard var state = states[phase]?.objectValue else { continue }
            state["probes"] = stripped(state["probes"])
            states[phase] = .object(state)
        }
        journal["steady_states"] = .object(states)
        return journal
    }
}
