import AWS
import Basics
import Experiments
import JSON

extension DocumentFault {
    /// What is added to a fault's duration before its command is cancelled: delivery, the installation of tools, the
    /// fault's own undo.
    static let grace = Duration.seconds(300)
    /// How long a command may wait for an agent, in seconds.
    static let deliveryTime = 120

    static let calls: [NativeActivity.Call] = [
        .read("ec2:DescribeInstances"), .change("ssm:SendCommand"), .read("ssm:ListCommandInvocations"),
        .change("ssm:CancelCommand"),
    ]

    /// The instances of all stages.
    func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        let stages = try checkedStages(invocation)
        _ = try failsFast(invocation)
        var targets: [NativeActivity.Target] = []
        var choices: Set<JSONObject> = []
        for stage in stages where choices.insert(stage.choice).inserted {
            let own = try await TargetChoice.hosts(invocation.choosing(stage.choice))
            targets += own.filter { target in !targets.contains { $0.id == target.id } }
        }
        return targets
    }

    /// Runs the stages one after the other, each on its instances among the targets.
    func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let invocation = invocation.inItsRegion
        let stages = try checkedStages(invocation)
        let failsFast = try failsFast(invocation)
        // Nothing is sent that cannot end in time.
        let total = stages.reduce(.zero) { $0 + $1.duration }
        let left = invocation.deadline - invocation.time.now()
        guard total < left else {
            throw ExperimentError.failedActivity(
                "the fault lasts \(total.text), but the time of the run ends in \(left.text): shorten it")
        }
        guard invocation.argument("wait") != false else {
            let command = try command(stages[0], invocation)
            let responses = try await sending(document) { try await command.send(to: targets.map(\.id)) }
            return output(responses[0], [])
        }
        var done: [JSONValue] = []
        var failures: [String] = []
        var last = JSONValue.null
        for stage in stages {
            if failsFast, !failures.isEmpty {
                done.append([.string(stage.name), "aborted", .null])
                continue
            }
            let own = try await own(targets, of: stage, invocation)
            let (responses, results, failure) = try await run(stage, on: own, invocation)
            last = output(responses[0], results)
            let outcome: JSONValue = failure == nil ? "success" : "failed"
            done.append([.string(stage.name), outcome, .array(results.map(Self.described))])
            if let failure { failures.append(stages.count > 1 ? "stage \(stage.name): \(failure)" : failure) }
        }
        guard failures.isEmpty else {
            let aborted = done.filter { $0[1] == "aborted" }.compactMap { $0[0]?.stringValue }
            let note = aborted.isEmpty ? "" : "; not begun: \(aborted.joined(separator: ", "))"
            throw ExperimentError.failedActivity("\(document) \(failures.joined(separator: "; "))\(note)")
        }
        return output == .stages ? .array(done) : last
    }

    /// One stage: sent, waited for, and cancelled when it outlasts its duration by far.
    private func run(
        _ stage: Stage, on targets: [NativeActivity.Target], _ invocation: NativeActivity.Invocation
    ) async throws -> (responses: [JSONValue], results: [JSONValue], failure: String?) {
        let command = try command(stage, invocation)
        let responses = try await sending(document) { try await command.send(to: targets.map(\.id)) }
        let limit = stage.duration + Self.grace
        let end = invocation.time.now() + limit
        var (results, running) = try await command.results(of: responses, on: targets.count, until: end, details: true)
        if running > 0 {
            results = try await command.cancel(responses, on: targets.count)
            return (
                responses, results,
                "had not ended on \(running) of \(counted(targets.count, "instance")) when its time was over, and was "
                    + "cancelled: " + results.map(SSMCommandRun.describe).joined(separator: ", ")
            )
        }
        let failed = results.filter { $0["Status"] != "Success" }.map(SSMCommandRun.describe)
        guard !failed.isEmpty else { return (responses, results, nil) }
        return (
            responses, results,
            "failed on \(failed.count) of \(counted(targets.count, "instance")): \(failed.joined(separator: ", "))"
        )
    }

    private func command(_ stage: Stage, _ invocation: NativeActivity.Invocation) throws -> SSMCommandRun {
        var input: JSONObject = [
            "DocumentName": .string(document), "Parameters": .object(stage.parameters),
            "Comment": .string(invocation.marker), "TimeoutSeconds": JSONValue(Self.deliveryTime),
            "CloudWatchOutputConfig": ["CloudWatchOutputEnabled": true],
        ]
        if stage.parameters.isEmpty { input["Parameters"] = nil }
        // The originals have a bucket in the code, which may be anybody's.
        if let bucket = invocation.given("output_s3_bucket_name") { input["OutputS3BucketName"] = bucket }
        return SSMCommandRun(
            client: try invocation.client(.ssm), time: invocation.time, deadline: invocation.deadline, input: input)
    }

    /// The targets of one stage; those of another choice are found again by the same seed.
    private func own(
        _ targets: [NativeActivity.Target], of stage: Stage, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let stages = try stages(invocation)
        guard stages.contains(where: { $0.choice != stage.choice }) else { return targets }
        let chosen = Set(try await TargetChoice.hosts(invocation.choosing(stage.choice)).map(\.id))
        let own = targets.filter { chosen.contains($0.id) }
        guard !own.isEmpty else {
            throw ExperimentError.failedActivity(
                "none of the instances of the stage \(stage.name) is among those that were planned: they have changed")
        }
        return own
    }

    /// The stages, none of which lasts too long.
    private func checkedStages(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> [Stage] {
        let stages = try stages(invocation)
        guard !invocation.argument("max_duration").isNull else { return stages }
        let maximum = invocation.argument("max_duration")
        guard let limit = maximum.intValue ?? maximum.stringValue.flatMap({ Int64($0) }) else {
            throw .failedActivity("max_duration is \(maximum.pythonText), expected whole seconds")
        }
        // The originals look only at the first.
        guard stages.reduce(.zero, { $0 + $1.duration }) <= .seconds(limit) else {
            let durations = stages.map { "\($0.duration.components.seconds)" }.joined(separator: ", ")
            throw .failedActivity("Combined duration over max: [\(durations)] > \(limit)")
        }
        return stages
    }

    private func output(_ response: JSONValue, _ results: [JSONValue]) -> JSONValue {
        switch output {
        case .flag: return true
        case .nothing: return .null
        case .results, .stages: return .array(results.map(Self.described))
        case .response:
            var output = response.objectValue ?? [:]
            if !results.isEmpty { output["CommandInvocations"] = .array(results) }
            return .object(output)
        }
    }

    /// What an instance said, as the originals tell it.
    static func described(_ result: JSONValue) -> JSONValue {
        [
            "instanceid": result["InstanceId"] ?? .null, "status": result["Status"] ?? .null,
            "output": .array(
                (result["CommandPlugins"]?.elements ?? []).map { step in
                    [
                        "stepname": step["Name"] ?? .null, "output": step["Output"] ?? .null,
                        "responseCode": step["ResponseCode"] ?? .null, "status": step["Status"] ?? .null,
                    ]
                }),
        ]
    }
}

extension NativeActivity.Invocation {
    /// The same with other arguments for the choice of instances.
    fileprivate func choosing(_ choice: JSONObject) -> NativeActivity.Invocation { with(choice) }
}

/// Sends a document, and says what to do when the account does not have it.
func sending<R>(_ document: String, _ send: () async throws -> R) async throws -> R {
    do { return try await send() } catch let error as AWSFailure where error.code == "InvalidDocument" {
        var cause = error
        cause.note(" (\(document) is one of the documents that Tocsin brings: create them in this region)")
        throw cause
    }
}
