import AWS
import Basics
import Experiments
import JSON

/// Experiments of FIS that are waited for, and probes of what they did.
extension ChaosActivities {
    static var fisRuns: [NativeActivity] {
        let probes = "tocsin.fis.probes"
        let id = [NativeActivity.Argument("experiment_id", .text)]
        return [
            .aws(
                "tocsin.fis.actions", "run_experiment", .action,
                "Runs an experiment of FIS, from a template or an inline definition, and fails when it fails.",
                arguments: [
                    .init("experiment_template_id", .text, .null), .init("template", .object, .null),
                    .init("tags", .any, .null), .init("actions_mode", .text, "run-all"),
                    .init("wait_for_report", .flag, false),
                ],
                calls: [
                    .read("fis:GetExperimentTemplate"), .change("fis:CreateExperimentTemplate"),
                    .change("fis:StartExperiment"), .read("fis:GetExperiment"),
                    .read("fis:ListExperimentResolvedTargets"), .change("fis:DeleteExperimentTemplate"),
                ],
                choice: "the template that is named or defined; FIS takes what its targets match",
                targets: FISRun.targets, undo: FISScenarios.removeTemplate, run: FISRun.run),
            .aws(
                probes, "get_action_states", .probe, "The state of each action of an experiment of FIS.",
                arguments: id, calls: [.read("fis:GetExperiment")]
            ) { invocation, targets in
                FISRun.actions(of: try await FISExperiments.describe(invocation, targets)["experiment"])
            },
            .aws(
                probes, "get_resolved_targets", .probe, "What the targets of an experiment of FIS were resolved to.",
                arguments: id, calls: [.read("fis:ListExperimentResolvedTargets")]
            ) { invocation, _ in
                try await FISRun.resolvedTargets(of: invocation.argument("experiment_id"), invocation)
            },
            .aws(
                probes, "get_report", .probe, "State and S3 locations of the report of an experiment of FIS.",
                arguments: id, calls: [.read("fis:GetExperiment")]
            ) { invocation, targets in
                FISRun.report(of: try await FISExperiments.describe(invocation, targets)["experiment"])
            },
        ]
    }
}

/// One experiment from its start to its end.
enum FISRun {
    /// The template, or the place of an inline definition.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let definition = invocation.given("template")
        guard (definition == nil) != (invocation.given("experiment_template_id") == nil) else {
            throw ExperimentError.failedActivity("give either experiment_template_id or template")
        }
        let mode = invocation.argument("actions_mode")
        guard mode == "run-all" || mode == "skip-all" else {
            throw ExperimentError.failedActivity("actions_mode must be run-all or skip-all, not \(mode.pythonText)")
        }
        guard let definition else { return try await FISExperiments.template(invocation) }
        let description = definition["description"]?.stringValue ?? "inline definition"
        return [
            NativeActivity.Target(
                kind: FISExperiments.templateKind, id: description, region: try invocation.region(),
                tags: FISExperiments.tagTexts(definition))
        ]
    }

    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var template = try firstTarget(of: targets).id
        let tags = try FISExperiments.tags(of: invocation.argument("tags"))
        let definition = invocation.given("template")?.objectValue
        if let definition {
            var own = FISExperiments.tagObject(definition["tags"])
            for (name, value) in tags { own[name] = value }
            template = try await FISScenarios.create(definition, tags: own, invocation)
        }
        let options: JSONObject? =
            invocation.argument("actions_mode") == "skip-all" ? ["actionsMode": "skip-all"] : nil
        let experiment: JSONValue
        do {
            let started = try await FISExperiments.start(template, tags: tags, options: options, invocation)
            experiment = try await end(of: started["experiment"] ?? .null, invocation)
        } catch let error where definition != nil && !(error is CancellationError) {
            // The undo stops what may still run, and deletes the template where this cannot.
            try? await delete(template, invocation)
            throw error
        }
        if definition != nil { try await delete(template, invocation) }
        return try await result(of: experiment, invocation)
    }

    /// An experiment that has started keeps what it needs of its template.
    private static func delete(_ template: String, _ invocation: NativeActivity.Invocation) async throws {
        do {
            _ = try await invocation.client(.fis).call("DeleteExperimentTemplate", ["id": .string(template)])
        } catch let error as AWSFailure where error.isMissingInFIS {}
    }

    /// Waits until an experiment has ended, and its report where that is wanted.
    private static func end(
        of started: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let client = try invocation.client(.fis)
        let waitsForReport = invocation.given("wait_for_report") != nil
        var experiment = started
        while true {
            let isOpen = waitsForReport && hasOpenReport(experiment)
            if FISExperiments.hasEnded(experiment), !isOpen { return experiment }
            guard try await invocation.pauseBeforeNextLook() else {
                let what = isOpen ? "the report of the experiment" : "the experiment"
                throw ExperimentError.failedActivity(
                    "\(what) \(started.fisID) is not ready, and the time of the run is over: it is "
                        + "\(experiment.fisStatus); \(progress(of: experiment))")
            }
            guard let now = try await FISExperiments.get(started.fisID, client) else {
                throw ExperimentError.failedActivity("the experiment \(started.fisID) does not exist any more")
            }
            experiment = now
        }
    }

    private static func hasOpenReport(_ experiment: JSONValue) -> Bool {
        guard let report = experiment["experimentReport"] else { return false }
        return ["pending", "running"].contains(report.fisStatus)
    }

    private static func result(
        of experiment: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        guard experiment.fisStatus == "completed" else {
            let reason = experiment["state"]?["reason"]?.stringValue ?? "no reason is told"
            throw ExperimentError.failedActivity(
                "the experiment \(experiment.fisID) is \(experiment.fisStatus): \(reason); \(progress(of: experiment))")
        }
        let targets = try await resolvedTargets(of: .string(experiment.fisID), invocation)
        return [
            "experiment": experiment, "status": .string(experiment.fisStatus), "actions": actions(of: experiment),
            "resolvedTargets": targets, "report": report(of: experiment),
        ]
    }

    /// `stop: completed, wait: running (12 of 60 s)`.
    private static func progress(of experiment: JSONValue) -> String {
        let actions = (experiment["actions"]?.objectValue ?? [:]).map { name, action in
            let reason = action["state"]?["reason"]?.stringValue
            return "\(name): \(action.fisStatus)" + (reason.map { " (\($0))" } ?? "")
        }
        return actions.isEmpty ? "it has no actions" : actions.joined(separator: ", ")
    }
}

// MARK: What probes tell, too

extension FISRun {
    /// By the names of actions: what they are, how far they are, and why.
    static func actions(of experiment: JSONValue?) -> JSONValue {
        let actions = (experiment?["actions"]?.objectValue ?? [:]).map { name, action -> (String, JSONValue) in
            var state: JSONObject = [
                "actionId": action["actionId"] ?? .null, "status": .string(action.fisStatus),
            ]
            for (member, value) in [
                ("reason", action["state"]?["reason"]), ("startTime", action["startTime"]),
                ("endTime", action["endTime"]),
            ] {
                state[member] = value
            }
            return (name, .object(state))
        }
        return .object(JSONObject(actions))
    }

    /// State and files of the report; `null` when the experiment makes none.
    static func report(of experiment: JSONValue?) -> JSONValue {
        guard let report = experiment?["experimentReport"] else { return .null }
        return [
            "status": .string(report.fisStatus), "reason": report["state"]?["reason"] ?? .null,
            "s3": .array(
                (report["s3Reports"]?.elements ?? []).map {
                    ["arn": $0["arn"] ?? .null, "reportType": $0["reportType"] ?? .null]
                }),
        ]
    }

    static func resolvedTargets(
        of experiment: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        .array(
            try await invocation.client(.fis).items("ListExperimentResolvedTargets", ["experimentId": experiment]))
    }
}
