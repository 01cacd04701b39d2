import Basics
import JSON

/// What the chaos executor is asked to do.
enum ExecutorEvent: Sendable {
    /// Run one experiment.
    case run(ExperimentRequest)
    /// Run several, one after another; the shape of a Step Functions state machine's input is kept.
    case list([ExperimentRequest], wrappedInPayload: Bool)
    /// Put back what runs have left broken.
    case sweep
    /// Go on with a run whose invocation has ended: its id and the event that began it.
    case goOn(run: String, JSONValue)

    /// Reads an event of any generation.
    ///
    /// - `{"experiment_source", "bucket_name", "configuration"?, "state"?, "output_config"? | "output_bucket"?,
    ///   "output_path"?}`, the original's
    /// - `{"experiment": {…}}`, or an experiment itself: inline
    /// - an EventBridge event that has one of these as its `detail`
    /// - `{"state": "pending", "list": [event, …]}`, alone or as `Payload`
    /// - `{"sweep": true}`
    /// - `{"run", "event"}`, by which the function calls itself
    /// - Throws: `ExperimentError` that says what is expected.
    init(_ event: JSONValue) throws(ExperimentError) {
        guard let object = event.objectValue else {
            throw ExperimentError(.invalid, "the event is a \(event.kindName), expected an object. \(Self.expected)")
        }
        if object["sweep"] == true {
            self = .sweep
        } else if let run = object["run"]?.stringValue, let event = object["event"] {
            guard RunRecord.isRunID(run) else { throw ExperimentError(.invalid, "the event's run is no id of a run") }
            self = .goOn(run: run, event)
        } else if object["detail-type"] != nil, let detail = object["detail"] {
            try self.init(detail)
        } else if let list = object["Payload"]?["list"]?.arrayValue ?? object["list"]?.arrayValue {
            var requests: [ExperimentRequest] = []
            for item in list { requests.append(try ExperimentRequest(item)) }
            self = .list(requests, wrappedInPayload: object["Payload"] != nil)
        } else {
            self = .run(try ExperimentRequest(event))
        }
    }

    static let expected =
        "The executor takes {\"experiment_source\", \"bucket_name\"}, {\"experiment\": {…}}, {\"list\": […]} or "
        + "{\"sweep\": true}."
}

/// One experiment that is to be run.
struct ExperimentRequest: Sendable {
    /// Where the document is.
    enum Source: Sendable {
        /// A file beside the function, a URL, or `s3://bucket/key`.
        case location(String)
        /// The document itself.
        case inline(JSONObject)
    }

    /// Where the journal goes besides the function's own bucket.
    struct Output: Sendable, Hashable {
        var bucket: String
        /// The start of the key.
        var path: String
        /// The original's key: the path and the time, without anything between them.
        var hasOriginalKey: Bool
    }

    /// A search index for journals.
    struct Index: Sendable, Hashable {
        var host: String
        var name: String
    }

    /// The whole event, which is returned with the result.
    let event: JSONObject
    let source: Source
    /// Where the experiment is, for people; the title of an inline one.
    let name: String
    /// Values that take the place of the document's.
    let configuration: JSONObject
    let output: Output?
    let index: Index?
    let dry: RunOptions.Dry?
    let isStrict: Bool
    let hypothesisStrategy: RunOptions.HypothesisStrategy?
    let rollbackStrategy: RunOptions.RollbackStrategy?
    let restore: RestorePolicy?

    init(_ value: JSONValue) throws(ExperimentError) {
        guard let event = value.objectValue else {
            throw ExperimentError(
                .invalid,
                "an experiment is asked for by an object, not by a \(value.kindName). \(ExecutorEvent.expected)")
        }
        self.event = event
        source = try Self.source(event)
        switch source {
        case .location(let location): name = location
        case .inline(let document): name = document["title"]?.stringValue ?? "the event"
        }
        configuration = try Self.object(event, "configuration")
        let s3 = event["output_config"]?["S3"]
        if let bucket = (s3?["bucket_name"] ?? event["output_bucket"])?.stringValue, !bucket.isEmpty {
            output = Output(
                bucket: bucket, path: (s3?["path"] ?? event["output_path"])?.stringValue ?? "",
                hasOriginalKey: s3 != nil && event["readable_key"] != true)
        } else {
            output = nil
        }
        let search = event["output_config"]?["OPENSEARCH"]
        if let host = search?["host"]?.stringValue, !host.isEmpty {
            index = Index(host: host, name: search?["index"]?.stringValue ?? "experiments")
        } else {
            index = nil
        }
        dry = try Self.word(event, "dry", RunOptions.Dry.init)
        isStrict = event["strict"] == true
        hypothesisStrategy = try Self.word(event, "hypothesis_strategy", RunOptions.HypothesisStrategy.init(word:))
        rollbackStrategy = try Self.word(event, "rollback_strategy", RunOptions.RollbackStrategy.init)
        restore = try Self.word(event, "restore", RestorePolicy.init)
    }

    /// The event with these members, and without values of secrets.
    func answer(_ members: JSONObject) -> JSONObject {
        var answer = event
        if let configuration = event["configuration"]?.objectValue {
            answer["configuration"] = .object(ExperimentVariables.recordable(configuration))
        }
        if case .inline(let document) = source {
            let experiment = Experiment(document: document).withoutSecretValues
            if event["experiment"] != nil { answer["experiment"] = .object(experiment) } else { answer = experiment }
        }
        for (key, value) in members { answer[key] = value }
        return answer
    }

    private static func source(_ event: JSONObject) throws(ExperimentError) -> Source {
        if let document = event["experiment"]?.objectValue { return .inline(document) }
        if event["method"] != nil, event["title"] != nil { return .inline(event) }
        guard let path = event["experiment_source"]?.stringValue, !path.isEmpty else {
            throw ExperimentError(
                .invalid, "the event has no experiment_source and no experiment. \(ExecutorEvent.expected)")
        }
        if let bucket = event["bucket_name"]?.stringValue, !bucket.isEmpty {
            return .location("s3://\(bucket)/\(path)")
        }
        return .location(path)
    }

    private static func object(_ event: JSONObject, _ key: String) throws(ExperimentError) -> JSONObject {
        switch event[key] {
        case nil, .null: return [:]
        case .object(let object): return object
        case .some(let value):
            throw ExperimentError(.invalid, "\(key) is a \(value.kindName), expected an object of names and values")
        }
    }

    private static func word<Word: CaseIterable & RawRepresentable<String>>(
        _ event: JSONObject, _ key: String, _ parse: (String) -> Word?
    ) throws(ExperimentError) -> Word? {
        guard let value = event[key], value != .null else { return nil }
        if let word = value.stringValue.flatMap(parse) { return word }
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        throw ExperimentError(.invalid, "\(key) is \(value), expected one of \(words)")
    }
}
