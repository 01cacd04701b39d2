import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Starts, finds and stops experiments of Fault Injection Service (FIS).
enum FISExperiments {
    /// The kinds of the targets; their ids are FIS's.
    static let kind = "fis:experiment"
    static let templateKind = "fis:experiment-template"

    /// The tag by which an undo finds what an invocation made.
    static let markerTag = "tocsin:invocation"

    /// The template that the arguments name.
    ///
    /// One that does not exist has no tags, so that the action itself tells that it does not.
    @Sendable static func template(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let id = invocation.given("experiment_template_id") else {
            throw ExperimentError.failedActivity(
                "You must pass a valid experiment template id, id provided was empty")
        }
        let client = try invocation.client(.fis)
        var tags: [String: String] = [:]
        do {
            let output = try await client.call("GetExperimentTemplate", ["id": id])
            tags = tagTexts(output["experimentTemplate"])
        } catch let error as AWSFailure where error.isMissingInFIS {}
        return [NativeActivity.Target(kind: templateKind, id: id.pythonText, region: client.region, tags: tags)]
    }

    /// The experiment that the arguments name.
    @Sendable static func experiment(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let id = try experimentID(invocation)
        let client = try invocation.client(.fis)
        let found = try await get(id.pythonText, client)
        return [
            NativeActivity.Target(kind: kind, id: id.pythonText, region: client.region, tags: tagTexts(found))
        ]
    }

    private static func experimentID(_ invocation: NativeActivity.Invocation) throws -> JSONValue {
        guard let id = invocation.given("experiment_id") else {
            throw ExperimentError.failedActivity("You must pass a valid experiment id, id provided was empty")
        }
        return id
    }

    @Sendable static func start(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let template = try firstTarget(of: targets).id
        return try await start(template, tags: tags(of: invocation.argument("tags")), invocation)
    }

    /// Starts an experiment that carries the invocation's marker.
    static func start(
        _ template: String, tags: JSONObject, options: JSONObject? = nil, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        var tags = tags
        tags[markerTag] = .string(invocation.marker)
        var input: JSONObject = ["experimentTemplateId": .string(template), "tags": .object(tags)]
        input["clientToken"] = invocation.given("client_token")
        input["experimentOptions"] = options.map(JSONValue.object)
        return try await failures({ "Start Experiment failed, reason was: \($0)" }) {
            try await invocation.client(.fis).response("StartExperiment", input)
        }
    }

    @Sendable static func stop(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await stop(firstTarget(of: targets).id, invocation.client(.fis))
    }

    private static func stop(_ id: String, _ client: ActivityClient) async throws -> JSONValue {
        try await failures({ "Stop Experiment failed, reason was: \($0)" }) {
            try await client.response("StopExperiment", ["id": .string(id)])
        }
    }

    @Sendable static func describe(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let id = try experimentID(invocation)
        return try await failures({ "Get Experiment failed, reason was: \($0)" }) {
            try await invocation.client(.fis).response("GetExperiment", ["id": id])
        }
    }
}

// MARK: Experiments that have tags

extension FISExperiments {
    static let stopCalls: [NativeActivity.Call] = [
        .read("fis:ListExperiments"), .read("fis:GetExperiment"), .change("fis:StopExperiment"),
        .change("fis:DeleteExperimentTemplate"),
    ]

    @Sendable static func tagged(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let tags = try tags(of: invocation.argument("tags"))
        // In chaosaws no tags are the tags of every experiment of the account.
        guard !tags.isEmpty else {
            throw ExperimentError.failedActivity("give tags, else every experiment of the account would be stopped")
        }
        return try await running(with: tags, invocation)
    }

    /// The experiments that run and have all of the tags.
    static func running(
        with tags: JSONObject, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.fis)
        let found = try await failures({ "Listing Experiments failed, reason was: \($0)" }) {
            try await client.items("ListExperiments", ["maxResults": 100])
        }
        let matching = found.filter { isActive($0) && has(tags, $0) }
        return matching.map { experiment in
            NativeActivity.Target(
                kind: kind, id: experiment.fisID, region: client.region, tags: tagTexts(experiment),
                candidates: matching.count)
        }
    }

    /// Stops experiments, and deletes their templates when that is wanted.
    /// - Returns: FIS's responses.
    static func stopAll(
        _ targets: [NativeActivity.Target], deletesTemplates: Bool, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let client = try invocation.client(.fis)
        let responses = try await forEachInTurn(targets, "stopped", name: \.id) { try await stop($0.id, client) }
        guard deletesTemplates else { return .array(responses) }
        var templates: [String] = []
        for response in responses {
            guard let id = response["experiment"]?["experimentTemplateId"]?.stringValue, !templates.contains(id) else {
                continue
            }
            templates.append(id)
        }
        for template in templates {
            do {
                _ = try await client.call("DeleteExperimentTemplate", ["id": .string(template)])
            } catch let error as AWSFailure where error.isMissingInFIS {
                continue
            } catch let error as AWSFailure {
                throw ExperimentError.failedActivity(
                    "Delete Experiment template \(template) failed, reason was: \(error.text)")
            }
        }
        return .array(responses)
    }

    /// Tags from a mapping, or from a text such as `team=shop,tier=web`.
    static func tags(of argument: JSONValue) throws(ExperimentError) -> JSONObject {
        if case .object = argument { return tagObject(argument) }
        guard let text = argument.stringValue, !text.isEmpty else { return [:] }
        var tags: JSONObject = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2 else {
                throw ExperimentError(
                    python: "ValueError",
                    "not enough values to unpack (expected 2, got 1): the tag \"\(part)\" is not name=value")
            }
            tags[String(words[0])] = .string(String(words[1]))
        }
        return tags
    }

    static func tagObject(_ tags: JSONValue?) -> JSONObject { tags?.objectValue ?? [:] }

    private static func has(_ tags: JSONObject, _ experiment: JSONValue) -> Bool {
        tags.allSatisfy { name, value in experiment["tags"]?[name] == value }
    }

    static func tagTexts(_ resource: JSONValue?) -> [String: String] {
        var tags: [String: String] = [:]
        for (name, value) in resource?["tags"]?.objectValue ?? [:] { tags[name] = value.stringValue ?? "" }
        return tags
    }

    /// Whether it has begun and not ended, or is about to begin.
    static func isActive(_ experiment: JSONValue) -> Bool {
        ["pending", "initiating", "running"].contains(experiment.fisStatus)
    }

    /// Whether FIS does nothing for it any more.
    static func hasEnded(_ experiment: JSONValue) -> Bool {
        ["completed", "stopped", "failed", "cancelled"].contains(experiment.fisStatus)
    }

    /// An experiment; nil when FIS does not know it.
    static func get(_ id: String, _ client: ActivityClient) async throws -> JSONValue? {
        do {
            return try await client.call("GetExperiment", ["id": .string(id)])["experiment"]
        } catch let error as AWSFailure where error.isMissingInFIS {
            return nil
        }
    }
}

// MARK: Undo

extension FISExperiments {
    /// How long after a start an experiment may be missing in FIS's list.
    private static let settlingTime = Duration.seconds(60)

    static let undoCalls: [NativeActivity.Call] = [
        .read("fis:ListExperiments"), .read("fis:GetExperiment"), .change("fis:StopExperiment"),
    ]

    /// Stops what the invocation started, and waits until FIS has ended it.
    static let stopStarted = NativeActivity.Undo(
        "stops the experiment and waits until FIS has put back what it changed", calls: undoCalls,
        capture: capture,
        check: { invocation, _, before in try await outcome(before, invocation) },
        restore: { invocation, _, before in try await stopStarted(before, invocation) })

    /// Experiments with the same marker that were there before.
    @Sendable static func capture(
        _ invocation: NativeActivity.Invocation, _: NativeActivity.Target
    ) async throws -> JSONValue {
        let known = try await marked(invocation).map(\.fisID)
        return ["experiments": JSONValue(texts: known), "time": .string(invocation.time.now().iso8601)]
    }

    static func outcome(_ before: JSONValue, _ invocation: NativeActivity.Invocation) async throws -> RestoreOutcome {
        let started = try await started(before, invocation)
        guard !started.isEmpty else {
            return mayStillAppear(before, invocation)
                ? .stillBroken("whether an experiment was started is not known yet")
                : .nothingLeft("no experiment was started")
        }
        if let running = started.first(where: { !hasEnded($0) }) {
            return .stillBroken("the experiment \(running.fisID) is \(running.fisStatus)")
        }
        if let failed = started.first(where: { $0.fisStatus == "failed" }) {
            let reason = failed["state"]?["reason"]?.stringValue ?? "no reason is told"
            return .nothingLeft("the experiment \(failed.fisID) failed by itself: \(reason)")
        }
        return .restored
    }

    static func stopStarted(_ before: JSONValue, _ invocation: NativeActivity.Invocation) async throws {
        let client = try invocation.client(.fis)
        while true {
            let started = try await started(before, invocation)
            for experiment in started where isActive(experiment) {
                // It may have ended by itself a moment ago.
                guard let now = try await get(experiment.fisID, client), isActive(now) else { continue }
                _ = try await client.call("StopExperiment", ["id": .string(experiment.fisID)])
            }
            for experiment in started where experiment.fisStatus == "stopping" {
                _ = try await get(experiment.fisID, client)
            }
            let isOpen = started.contains { !hasEnded($0) } || started.isEmpty && mayStillAppear(before, invocation)
            guard isOpen, try await invocation.pauseBeforeNextLook() else { return }
        }
    }

    private static func mayStillAppear(_ before: JSONValue, _ invocation: NativeActivity.Invocation) -> Bool {
        let time = before["time"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
        return time.map { invocation.time.now() < $0 + settlingTime } ?? false
    }

    /// The experiments that the invocation started.
    static func started(_ before: JSONValue, _ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        let known = before["experiments"]?.texts ?? []
        return try await marked(invocation).filter { !known.contains($0.fisID) }
    }

    private static func marked(_ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        let marker = JSONValue.string(invocation.marker)
        return try await invocation.client(.fis).items("ListExperiments").filter { $0["tags"]?[markerTag] == marker }
    }
}

extension JSONValue {
    /// The id of an experiment or a template of FIS.
    var fisID: String { self["id"]?.stringValue ?? "" }

    /// The status of an experiment, an action or a report of FIS.
    var fisStatus: String { self["state"]?["status"]?.stringValue ?? "" }
}

extension AWSFailure {
    /// Whether the resource does not exist.
    var isMissingInFIS: Bool { code == "ResourceNotFoundException" || error.status == 404 }
}
