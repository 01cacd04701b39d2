public import Basics
import JSON
import TimeZones
import Transport

/// What a guard must know beside the experiment.
public struct GuardContext: Sendable {
    /// The native activities: their names in the guard are those of the registry, also when an experiment uses an
    /// alias.
    public var registry: ActivityRegistry
    /// The resolved variables, with which URLs and regions are read.
    public var substitution: Substitution
    /// The current time.
    public var now: Timestamp
    /// Where the AWS calls go, by the access key among the secrets of a call, empty for none; see ``CallPlaces``.
    public var places: [String: CallPlace]
    /// How long the run takes at least: its pauses, see ``ExperimentPlan/Time``; nil when nobody knows.
    ///
    /// That it takes no longer than it may is for the runner to see to: ``Guard/maximumDuration``.
    public var duration: Duration?
    /// What is watched: the names or ARNs of alarms, the names of probes.
    public var stopConditions: [String]
    /// Whether people can be asked for approvals.
    var canAskForApproval = true

    /// A context.
    public init(
        registry: ActivityRegistry, substitution: Substitution, now: Timestamp, places: [String: CallPlace] = [:],
        duration: Duration? = nil, stopConditions: [String] = []
    ) {
        (self.registry, self.substitution, self.now) = (registry, substitution, now)
        (self.places, self.duration, self.stopConditions) = (places, duration, stopConditions)
    }

    /// Where the AWS calls of a provider go.
    func place(of provider: JSONObject) -> CallPlace {
        places[CallPlaces.key(provider, substitution)] ?? CallPlace()
    }
}

// MARK: Before anything runs

extension Guard {
    /// Everything that the guard has against an experiment.
    public func refusals(of experiment: Experiment, in context: GuardContext) -> [GuardRefusal] {
        let calls = GuardedCall.all(of: experiment)
        var places: [CallPlace] = []
        for place in calls.lazy.filter({ $0.usesAWS(context.registry) }).map({ context.place(of: $0.provider) })
        where !places.contains(place) { places.append(place) }
        return runRefusals(experiment, context) + places.flatMap(placeRefusals)
            + configurationRefusals(of: experiment, in: context) + calls.flatMap { refusals(of: $0, context) }
    }

    /// What the guard has against the probes that find values of the configuration, which run before the rest is known.
    public func configurationRefusals(of experiment: Experiment, in context: GuardContext) -> [GuardRefusal] {
        GuardedCall.configuration(of: experiment).flatMap { refusals(of: $0, context) }
    }

    /// Why nothing may begin at a time; nil when it may.
    public func refusal(at now: Timestamp) -> GuardRefusal? {
        guard let hours, !hours.value.contains(where: { $0.contains(now) }) else { return nil }
        return refusal(hours, "nothing may run now, at \(now.iso8601(fractionDigits: 0))")
    }

    private func runRefusals(_ experiment: Experiment, _ context: GuardContext) -> [GuardRefusal] {
        var refusals = [refusal(at: context.now)].compactMap(\.self)
        let count = experiment.method.count + experiment.rollbacks.count + (experiment.hypothesis?.probes.count ?? 0)
        if let maximum = activities.maximum, count > maximum.value {
            refusals.append(refusal(maximum, "the experiment has \(count) activities; allowed are \(maximum.value)"))
        }
        if let duration {
            if let planned = context.duration, planned > duration.value {
                refusals.append(
                    refusal(duration, "the run takes at least \(planned.text); allowed are \(duration.value.text)"))
            } else if context.duration == nil {
                refusals.append(refusal(duration, "nobody knows how long the run takes: a pause is not known"))
            }
        }
        if let approval = activities.approval, !context.canAskForApproval,
            let activity = ((experiment.hypothesis?.probes ?? []) + experiment.method).first(where: {
                needsApproval($0, in: context.registry)
            })
        {
            let title = "the \(activity.kind.rawValue) \"\(activity.name)\""
            let what = "\(title) must be approved, and nobody can be asked: the run has no state (EXPERIMENT_STATE)"
            refusals.append(refusal(approval, what))
        }
        for pattern in stopConditions?.value ?? [] where !context.stopConditions.contains(where: pattern.matches) {
            if let stopConditions {
                refusals.append(refusal(stopConditions, "no stop condition of the run is \(pattern.text)"))
            }
        }
        return refusals
    }

    private func placeRefusals(_ place: CallPlace) -> [GuardRefusal] {
        var refusals: [GuardRefusal] = []
        let fault = place.fault.map { " (\($0))" } ?? ""
        if let accounts, !accounts.value.contains(place.account ?? "") {
            let account = place.account.map { "the credentials are those of the account \($0)" }
            refusals.append(
                refusal(
                    accounts,
                    "\(account ?? "the account of the credentials is not known\(fault)"); allowed: "
                        + accounts.value.joined(separator: ", ")))
        }
        if let regions, !regions.value.contains(place.region ?? "") {
            let region = place.region.map { "the region of the calls is \($0)" }
            refusals.append(
                refusal(
                    regions,
                    "\(region ?? "the region of the calls is not known\(fault)"); allowed: "
                        + regions.value.joined(separator: ", ")))
        }
        return refusals
    }

    private func refusals(of call: GuardedCall, _ context: GuardContext) -> [GuardRefusal] {
        var refusals: [GuardRefusal] = []
        if call.isBackground, !activities.background.value {
            refusals.append(refusal(activities.background, "\(call.title) runs in the background"))
        }
        let provider = call.provider
        switch provider["type"]?.stringValue {
        case "process":
            refusals += processRefusals(
                call.title, path: provider["path"]?.stringValue ?? "",
                usesShell: provider["arguments"]?.stringValue != nil)
        case "http":
            let url = provider["url"].map { context.substitution.apply(to: $0) }?.stringValue ?? ""
            refusals += [refusal(ofURL: url, call.title)].compactMap(\.self)
        case "python" where call.isActivity:
            let names = call.names(context.registry)
            if let deny = activities.deny, let name = names.first(where: { deny.value.contains($0) }) {
                refusals.append(refusal(deny, "\(call.title) is \(name), which is denied"))
            } else if !names.contains(where: { activities.allow.value.contains($0) }) {
                let message = "\(call.title) is \(names[0]); allowed: \(activities.allow.value.listed)"
                refusals.append(refusal(activities.allow, message))
            }
            refusals += regionRefusals(call, context)
        case "python": break  // a control: part of this program
        case let other:
            refusals.append(
                refusal(missing: "activities", "\(call.title) has the provider \(other ?? "none"), which is not known"))
        }
        return refusals
    }

    /// The region that an activity names itself.
    private func regionRefusals(_ call: GuardedCall, _ context: GuardContext) -> [GuardRefusal] {
        guard let regions, let argument = call.provider["arguments"]?["region"],
            let region = context.substitution.apply(to: argument).stringValue, !regions.value.contains(region)
        else { return [] }
        let allowed = regions.value.joined(separator: ", ")
        return [refusal(regions, "\(call.title) calls AWS in \(region); allowed: \(allowed)")]
    }
}

// MARK: Just before something acts

extension Guard {
    /// What the guard has against the targets that an action has found; to be asked just before it changes them.
    ///
    /// - Parameters:
    ///   - title: the action for messages: `the action "stop"`.
    ///   - place: where the calls of this very activity go.
    public func refusals(
        of found: [NativeActivity.Target], by activity: NativeActivity, _ title: String, in place: CallPlace
    ) -> [GuardRefusal] {
        guard activity.kind == .action else { return [] }
        var refusals: [GuardRefusal] = []
        if let accounts, !accounts.value.contains(place.account ?? "") {
            let unknown = "that nobody knows" + (place.fault.map { " (\($0))" } ?? "")
            refusals.append(refusal(accounts, "\(title) acts in the account \(place.account ?? unknown)"))
        }
        if found.isEmpty { return refusals + untargetedRefusals(activity, title, place.region) }
        refusals += numberRefusals(found, title)
        func refuse<Value>(_ rule: Rule<Value>?, _ what: String, _ isRefused: (NativeActivity.Target) -> Bool) {
            guard let rule else { return }
            let refused = found.filter(isRefused)
            if !refused.isEmpty { refusals.append(refusal(rule, "\(title) would hit \(refused.listed), \(what)")) }
        }
        let allowed = regions?.value.joined(separator: ", ") ?? ""
        refuse(regions, "in another region than \(allowed) (what has none, such as IAM and clusters, is in global)") {
            target in
            !(regions?.value.contains(target.region.isEmpty ? "global" : target.region) ?? true)
        }
        for tag in targets.requiredTags?.value ?? [] {
            refuse(targets.requiredTags, "without the tag \(tag.name): \(tag.value.text)") { !$0.has(tag) }
        }
        for tag in targets.refusedTags?.value ?? [] {
            refuse(targets.refusedTags, "with the tag \(tag.name): \(tag.value.text)") { $0.has(tag) }
        }
        if targets.refusedTags != nil, !targets.allowsUntagged.value {
            refuse(targets.allowsUntagged, "of which no tag is known; untagged: allow lets them") { $0.tags.isEmpty }
        }
        return refusals
    }

    private func untargetedRefusals(_ activity: NativeActivity, _ title: String, _ region: String?) -> [GuardRefusal] {
        var refusals: [GuardRefusal] = []
        if let regions, !regions.value.contains(region ?? "") {
            refusals.append(refusal(regions, "\(title) acts in \(region ?? "a region that nobody knows")"))
        }
        let asks =
            targets.requiredTags != nil || targets.refusedTags != nil || targets.maximum != nil
            || targets.maximumPercent != nil
        let name = "\(activity.module).\(activity.function)"
        if asks, !targets.withoutTargets.value.contains(name) {
            refusals.append(
                refusal(
                    targets.withoutTargets,
                    "\(title) names no target that could be checked; allowed: "
                        + targets.withoutTargets.value.listed))
        }
        return refusals
    }

    private func numberRefusals(_ found: [NativeActivity.Target], _ title: String) -> [GuardRefusal] {
        var refusals: [GuardRefusal] = []
        if let maximum = targets.maximum, found.count > maximum.value {
            refusals.append(
                refusal(maximum, "\(title) would hit \(counted(found.count, "target")); allowed are \(maximum.value)"))
        }
        guard let maximum = targets.maximumPercent else { return refusals }
        for (kind, group) in Dictionary(grouping: found, by: \.kind).sorted(by: { $0.key < $1.key }) {
            // The number of candidates is one where nobody knows it: then the share counts as whole.
            let candidates = max(group.map(\.candidates).max() ?? 1, group.count)
            let percent = Double(group.count) * 100 / Double(candidates)
            if percent > maximum.value {
                refusals.append(
                    refusal(
                        maximum,
                        "\(title) would hit \(group.count) of \(candidates) \(kind) "
                            + "(\(Int(percent.rounded())) %); allowed are \(maximum.value) %"))
            }
        }
        return refusals
    }

    /// Why a program may not run; empty when it may.
    /// - Parameters:
    ///   - title: who wants to run it: `the probe "pods"`.
    ///   - path: as the experiment has it.
    ///   - usesShell: whether its arguments are one text, which a shell reads: that can run anything.
    public func processRefusals(_ title: String, path: String, usesShell: Bool) -> [GuardRefusal] {
        guard let processes else {
            return [refusal(missing: "processes", "\(title) runs the program \(path); no programs are allowed")]
        }
        guard processes.value.contains(path) else {
            return [refusal(processes, "\(title) runs the program \(path); allowed: \(processes.value.listed)")]
        }
        guard usesShell, !allowsShell.value else { return [] }
        return [refusal(allowsShell, "\(title) gives \(path) its arguments as one text, which a shell reads")]
    }

    /// Why a request may not be sent there; nil when it may.
    ///
    /// To be asked for each redirect, too.
    public func refusal(ofURL url: String, _ title: String) -> GuardRefusal? {
        guard let http else { return refusal(missing: "http", "\(title) sends an HTTP request; none are allowed") }
        guard let target = try? RequestTarget(url) else {
            return refusal(http, "\(title) sends an HTTP request to an address that is not known before the run")
        }
        let host = target.bareHost.lowercased()
        if http.value.contains(host) || http.value.contains("\(host):\(target.port)") { return nil }
        return refusal(http, "\(title) sends an HTTP request to \(host):\(target.port); allowed: \(http.value.listed)")
    }

    /// Whether an activity must wait until a person has approved it.
    public func needsApproval(_ activity: Activity, in registry: ActivityRegistry) -> Bool {
        guard let approval = activities.approval else { return false }
        let call = GuardedCall(activity: activity, title: "")
        return call.names(registry).contains { approval.value.contains($0) }
    }
}

extension NativeActivity.Target {
    fileprivate func has(_ tag: Guard.Tag) -> Bool { tags[tag.name].map(tag.value.matches) ?? false }
}

extension [NativeActivity.Target] {
    /// For messages: the first five.
    var listed: String {
        prefix(5).map(\.title).joined(separator: ", ") + (count > 5 ? " and \(count - 5) more" : "")
    }
}
