import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Commands of Systems Manager on instances that were resolved before.
///
/// The command names the instances by id, so that it reaches no others than those that were planned, also when tags
/// change in between.
enum SSMCommands {
    /// The instances that the argument `targets` means.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard invocation.given("document_name") != nil else {
            throw ExperimentError.failedActivity("To run commands,you must specify the document_name")
        }
        let region = try invocation.region()
        if let other = invocation.given("region"), other != .string(region) {
            // chaosaws ignores the argument and would run the command elsewhere.
            throw ExperimentError.failedActivity(
                "region is \(other.pythonText), but the calls go to \(region): set aws_region in the configuration")
        }
        guard let groups = invocation.given("targets")?.arrayValue else {
            throw ExperimentError.failedActivity("there are no targets to run the command on: give targets")
        }
        let (ids, filters) = try selectors(groups)
        // Machines outside of EC2 have ids of their own and no tags that could be read.
        let machines = ids.filter { $0.hasPrefix("mi-") }
        var instances: [EC2Instance] = []
        if machines.count < ids.count || ids.isEmpty {
            instances = try await invocation.client(.ec2).items("DescribeInstances", ["Filters": .array(filters)])
                .flatMap(EC2Instance.all(in:))
        }
        let unknown = ids.filter { id in !machines.contains(id) && !instances.contains { $0.id == id } }
        guard unknown.isEmpty else {
            throw ExperimentError.failedActivity(
                "these instances do not exist, or lack the tags: \(unknown.joined(separator: ", "))")
        }
        let count = instances.count + machines.count
        guard count > 0 else {
            throw ExperimentError.failedActivity("no running instance matches the targets of the command")
        }
        return try instances.map { try $0.target(invocation, candidates: count) }
            + machines.map {
                NativeActivity.Target(kind: "ssm:managed-instance", id: $0, region: region, candidates: count)
            }
    }

    /// The ids, and the filters of EC2 that mean the same as the targets of a command.
    private static func selectors(
        _ groups: [JSONValue]
    ) throws(ExperimentError) -> (ids: [String], filters: [JSONValue]) {
        var ids: [String] = []
        var filters: [JSONValue] = []
        for group in groups {
            let key = group["Key"]?.stringValue ?? ""
            guard key == "InstanceIds" || key == "tag-key" || key.hasPrefix("tag:") else {
                throw .failedActivity(
                    "the targets \"\(key)\" cannot be resolved before the command: give InstanceIds, tag:… or tag-key")
            }
            // Without this check nothing would be left of the condition, and every running instance would match.
            let values = group["Values"]?.elements ?? []
            guard !values.isEmpty, values.allSatisfy({ $0.stringValue?.isEmpty == false }) else {
                throw .failedActivity("targets: Values of \(key) must be a list of texts, and not empty")
            }
            if key == "InstanceIds" {
                ids += values.compactMap(\.stringValue)
            } else {
                filters.append(["Name": .string(key), "Values": .array(values)])
            }
        }
        guard !ids.isEmpty || !filters.isEmpty else {
            throw .failedActivity("targets: neither ids of instances nor tags are given")
        }
        guard filters.isEmpty || !ids.contains(where: { $0.hasPrefix("mi-") }) else {
            throw .failedActivity("targets: the tags of machines outside of EC2 (mi-…) are not known: give ids or tags")
        }
        let instances = ids.filter { !$0.hasPrefix("mi-") }
        if !instances.isEmpty { filters.append(["Name": "instance-id", "Values": JSONValue(texts: instances)]) }
        // An instance that is named and does not run is an error that the service tells.
        if ids.isEmpty { filters.append(["Name": "instance-state-name", "Values": ["running"]]) }
        return (ids, filters)
    }

    @Sendable static func send(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let document = invocation.argument("document_name").pythonText
        let run = SSMCommandRun(
            client: try invocation.client(.ssm), time: invocation.time, deadline: invocation.deadline,
            input: input(invocation))
        let responses: [JSONValue]
        do { responses = try await run.send(to: targets.map(\.id)) } catch let error as AWSFailure
            where error.error.localCode == nil
        {
            throw ExperimentError.failedActivity(
                "Failed to send command for document  '\(document)': '\(error.message)'")
        }
        var output = responses[0].objectValue ?? [:]
        if responses.count > 1 { output["MoreCommands"] = .array(responses.dropFirst().map { $0["Command"] ?? .null }) }
        guard invocation.given("wait") != nil else { return .object(output) }
        let (results, running) = try await run.results(of: responses, on: targets.count, until: invocation.deadline)
        guard running == 0 else {
            throw ExperimentError.failedActivity(
                "the command has not ended on \(running) of \(targets.count) instances, and the time of the run is "
                    + "over")
        }
        output["CommandInvocations"] = .array(results)
        let failed = results.filter { $0["Status"] != "Success" }.map(SSMCommandRun.describe)
        guard failed.isEmpty else {
            throw ExperimentError.failedActivity(
                "The command of document '\(document)' did not succeed on \(failed.count) of \(targets.count) "
                    + "instances: " + failed.joined(separator: ", "))
        }
        return .object(output)
    }

    private static func input(_ invocation: NativeActivity.Invocation) -> JSONObject {
        var input: JSONObject = [
            "DocumentName": invocation.argument("document_name"), "Comment": .string(invocation.marker),
        ]
        // What is not given is not sent; chaosaws sends `None`, which boto3 refuses.
        for (member, name) in [
            ("DocumentVersion", "document_version"), ("TimeoutSeconds", "timeout_seconds"),
            ("Parameters", "parameters"), ("MaxConcurrency", "max_concurrency"), ("MaxErrors", "max_errors"),
        ] where !invocation.argument(name).isNull {
            input[member] = invocation.argument(name)
        }
        return input
    }
}

extension SSMCommands {
    /// Cancels the command where it still runs.
    ///
    /// What the document had done by then stays, unless the document itself takes it back.
    static let cancel = NativeActivity.Undo(
        "cancels the command where it still runs",
        calls: [.read("ssm:ListCommandInvocations"), .change("ssm:CancelCommand")],
        capture: { invocation, _ in
            ["comment": .string(invocation.marker), "time": .string(invocation.time.now().iso8601)]
        },
        check: { invocation, target, before in
            let found = try await sent(to: target, before, invocation.inItsRegion.client(.ssm))
            guard !found.isEmpty else {
                return mayStillAppear(before, at: invocation.time.now())
                    ? .stillBroken("whether a command was sent to \(target.id) is not known yet")
                    : .nothingLeft("no command was sent to \(target.id)")
            }
            func told(_ results: [JSONValue]) -> String {
                results.map(SSMCommandRun.describe).joined(separator: ", ")
            }
            let running = found.filter { !SSMCommandRun.hasEnded($0) }
            return running.isEmpty
                ? .nothingLeft("the command has ended on \(told(found))")
                : .stillBroken("the command still runs on \(told(running))")
        },
        restore: { invocation, target, before in
            let client = try invocation.inItsRegion.client(.ssm)
            var cancelled: Set<JSONValue> = []
            while true {
                let found = try await sent(to: target, before, client)
                let running = found.filter { !SSMCommandRun.hasEnded($0) }
                for command in running.compactMap({ $0["CommandId"] }) where cancelled.insert(command).inserted {
                    _ = try await client.call(
                        "CancelCommand", ["CommandId": command, "InstanceIds": [.string(target.id)]])
                }
                let isOpen =
                    !running.isEmpty || found.isEmpty && mayStillAppear(before, at: invocation.time.now())
                guard isOpen, try await invocation.pauseBeforeNextLook() else { return }
            }
        })

    /// How long after the capture a command may be sent and not be listed yet.
    private static let settlingTime = Duration.seconds(60)

    private static func mayStillAppear(_ before: JSONValue, at now: Timestamp) -> Bool {
        captureTime(before).map { now < $0 + settlingTime } ?? false
    }

    private static func captureTime(_ before: JSONValue) -> Timestamp? {
        before["time"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
    }

    /// The results on a target of the commands that an invocation sent.
    static func sent(
        to target: NativeActivity.Target, _ before: JSONValue, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        var input: JSONObject = ["InstanceId": .string(target.id)]
        if let time = captureTime(before) {
            // The clocks of this machine and of the service may differ by minutes.
            let since = (time - .seconds(600)).iso8601(fractionDigits: 0)
            input["Filters"] = [["key": "InvokedAfter", "value": .string(since)]]
        }
        return try await client.items("ListCommandInvocations", input).filter { $0["Comment"] == before["comment"] }
    }
}
