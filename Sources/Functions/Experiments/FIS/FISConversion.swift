import AWSResources
public import Basics
public import JSON

/// An experiment template of AWS Fault Injection Service as an experiment.
///
/// `startAfter` and durations become an order with pauses; `startInstancesAfterDuration` an action that starts the
/// instances again, also as a rollback; asserted alarms the hypothesis; stop conditions the extension `tocsin`.
public struct FISConversion: Sendable {
    /// What is wrong with the template, and what is left out.
    public let findings: [Finding]
    /// The experiment's document; nil when a finding is an error.
    public let document: JSONObject?

    /// Whether a document is a template: with `actions` and `targets` or `stopConditions`, as the API takes or returns
    /// it, or in a CloudFormation template.
    public static func recognizes(_ document: JSONValue) -> Bool { !FISLocation.all(in: document).isEmpty }

    /// Converts the template in a document.
    /// - Parameter registry: the activities that there are; actions that need others are named in the findings.
    public init(of source: SourceDocument, registry: ActivityRegistry) {
        var check = DocumentCheck(source, ExperimentValidation(registry: registry, environment: [:]))
        let template = check.template()
        let document = template.flatMap { check.converted($0) }
        findings = check.findings.inTextOrder
        self.document = findings.isValid ? document : nil
    }
}

extension Experiment {
    /// Reads an experiment, or converts a template of Fault Injection Service into one.
    /// - Throws: as ``init(_:)``; `invalid` with every finding for a template that cannot be converted.
    public init(_ source: SourceDocument, registry: ActivityRegistry) throws(ExperimentError) {
        guard FISConversion.recognizes(source.value) else {
            try self.init(source)
            return
        }
        let conversion = FISConversion(of: source, registry: registry)
        guard let document = conversion.document else {
            let errors = conversion.findings.filter { $0.severity == .error }
            throw ExperimentError(.invalid, String(errors.text(source.name).dropLast()))
        }
        self.init(reading: document, source: SourceDocument(.object(document), name: source.name))
    }
}

extension DocumentCheck {
    fileprivate mutating func converted(_ template: FISTemplate) -> JSONObject? {
        let plans = plans(of: template)
        let unordered = FISSchedule.unordered(template.actions)
        for action in unordered {
            let path = action.part.path(of: "startAfter")
            if let name = action.startAfter.first(where: { !template.names.actions.contains($0) }) {
                let meant = template.names.actions.nearest(to: name)
                error(path, "there is no action \(name)", hint: meant.map { "did you mean \($0)?" })
            } else if template.actions.count == template.names.actions.count {
                error(path, "it never starts: it waits for \(action.startAfter.joined(separator: ", "))")
            }
        }
        guard let schedule = FISSchedule(template.actions, durations: plans.mapValues(\.duration)),
            plans.count == template.names.actions.count
        else { return nil }
        var document: JSONObject = [
            "title": .string(template.title), "description": .string(template.description),
        ]
        document["configuration"] = region(of: template).map { ["aws_region": .string($0)] }
        let strategy = hypothesis(of: template, plans, into: &document)
        document["method"] = .array(method(schedule, plans).map(JSONValue.object))
        let rollbacks = schedule.order.reversed().flatMap { plans[$0]?.rollbacks ?? [] }
        if !rollbacks.isEmpty { document["rollbacks"] = .array(rollbacks.map(JSONValue.object)) }
        document["runtime"] = [
            "hypothesis": ["strategy": .string(strategy)],
            "rollbacks": ["strategy": .string(rollbacks.isEmpty ? "default" : "always")],
        ]
        document["extensions"] = [
            [
                "name": "tocsin", "stop-conditions": .array(template.alarms.map { ["alarm": .string($0)] }),
                "empty-targets": template.skipsEmptyTargets ? "skip" : "fail",
            ]
        ]
        return document
    }

    private mutating func plans(of template: FISTemplate) -> [String: FISPlan] {
        var plans: [String: FISPlan] = [:]
        for action in template.actions {
            guard let kind = FISAction.all.first(where: { $0.id == action.id }) else {
                let reason = FISAction.impossible[action.id]
                let known = FISAction.all.map(\.id) + FISAction.impossible.keys.sorted()
                let meant = reason == nil ? known.nearest(to: action.id).map { "did you mean \($0)?" } : nil
                error(action.part.path(of: "actionId"), "no activity can do \(action.id)", hint: reason ?? meant)
                continue
            }
            let before = findings.count { $0.severity == .error }
            parameters(of: action, kind)
            let target = target(of: action, kind, template)
            guard findings.count(where: { $0.severity == .error }) == before else { continue }
            plans[action.name] = kind.plan(action, target, &self)
        }
        return plans
    }

    private mutating func parameters(of action: FISTemplate.Action, _ kind: FISAction) {
        let known = kind.required + kind.optional
        for key in kind.required where action.parameters[key] == nil {
            error(action.part.path(of: "parameters")[key], "is missing")
        }
        for key in action.parameters.keys.sorted() where !known.contains(key) {
            let meant = known.nearest(to: key)
            error(
                action.part.path(of: "parameters")[key], "\(action.id) has no such parameter",
                hint: meant.map { "did you mean \($0)?" }, atKey: true)
        }
    }

    private mutating func target(
        of action: FISTemplate.Action, _ kind: FISAction, _ template: FISTemplate
    ) -> FISTemplate.Target? {
        guard let (key, type) = kind.target else { return nil }
        guard let name = action.targets[key] else {
            error(action.part.path(of: "targets")[key], "is missing")
            return nil
        }
        guard let target = template.targets.first(where: { $0.name == name }) else {
            guard !template.names.targets.contains(name) else { return nil }
            let meant = template.names.targets.nearest(to: name)
            error(
                action.part.path(of: "targets")[key], "there is no target \(name)",
                hint: meant.map { "did you mean \($0)?" })
            return nil
        }
        if target.resourceType != type {
            error(target.part.path(of: "resourceType"), "must be \(type) for \(action.id), not \(target.resourceType)")
        }
        return target
    }

    /// The region that the ARNs are in.
    private mutating func region(of template: FISTemplate) -> String? {
        let regions = Set((template.targets.flatMap(\.arns) + template.alarms).compactMap { ARN($0)?.region })
        if regions.count > 1 {
            error(
                DocumentPath(), "an experiment works in one region, but the ARNs are in several",
                hint: regions.sorted().joined(separator: ", "))
        }
        return regions.first
    }

    /// Alarms that are asserted first or last are the hypothesis.
    /// - Returns: its strategy.
    private mutating func hypothesis(
        of template: FISTemplate, _ plans: [String: FISPlan], into document: inout JSONObject
    ) -> String {
        let followed = Set(template.actions.flatMap(\.startAfter))
        var probes: [JSONValue] = []
        var (isFirst, isLast) = (false, false)
        for action in template.actions {
            guard let assertions = plans[action.name]?.assertions, !assertions.isEmpty else { continue }
            if action.startAfter.isEmpty {
                isFirst = true
            } else if !followed.contains(action.name) {
                isLast = true
            } else {
                error(action.part.path, "an alarm can be asserted before or after all other actions only")
            }
            probes += assertions.map(JSONValue.object)
        }
        guard !probes.isEmpty else { return "default" }
        document["steady-state-hypothesis"] = [
            "title": "The alarms are in the expected states", "probes": .array(probes),
        ]
        switch (isFirst, isLast) {
        case (true, true): return "default"
        case (true, false): return "before-method-only"
        default: return "after-method-only"
        }
    }

    /// The activities in the order of their times, with pauses between them.
    private func method(_ schedule: FISSchedule, _ plans: [String: FISPlan]) -> [JSONObject] {
        var steps: [(time: Int, step: FISPlan.Step)] = []
        var end = 0
        for name in schedule.order {
            guard let plan = plans[name], let slot = schedule.slots[name] else { continue }
            steps += plan.steps.map { (slot.start + $0.offset, $0) }
            if plan.steps.isEmpty { end = max(end, slot.end) }
        }
        // Stable: of two at one time the one that the other waits for comes first.
        steps = steps.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        var method: [JSONObject] = []
        var now = 0
        for (index, (time, step)) in steps.enumerated() {
            var activity = step.activity
            let pause = time - now
            if pause > 0 { activity["pauses"] = ["before": JSONValue(pause)] }
            if step.isLong, index < steps.count - 1 {
                // Its pause runs in the background too.
                activity["background"] = true
            } else {
                now = time
            }
            method.append(activity)
        }
        if end > max(now, steps.last?.time ?? 0) { method.append(Self.wait(end - now)) }
        return method
    }

    /// A pause with nothing after it needs an activity that does nothing.
    private static func wait(_ seconds: Int) -> JSONObject {
        [
            "type": "action", "name": "wait", "provider": ["type": "process", "path": "true"],
            "pauses": ["before": JSONValue(seconds)],
        ]
    }
}
