import AWS
import AWSResources
import Basics
import CloudWatchAlarms
import JSON

/// The steps of one scope, carried out one after the other.
struct ScopeRun {
    /// How many names one `DeleteAlarms` or `DescribeAlarms` takes.
    static let maximumNames = 100
    /// After so many refusals in a row the same operation is not tried again: it is not the single alarm.
    static let maximumDenials = 3
    /// After so many throttled calls in a row, which is about five minutes, a step fails.
    static let maximumThrottlings = 14
    /// A call that has less time than that would be cut off, and nobody would know whether it was carried out.
    static let minimumTime = Duration.seconds(3)
    /// How often progress is told.
    private static let progressInterval = 50

    /// There is no time for another call.
    private struct OutOfTime: Error {}
    /// CloudWatch does not carry out a deletion of several alarms, because of one of them.
    private struct BatchRefused: Error {}
    /// CloudWatch does not delete an alarm that a composite names, and a run for one resource changes no composites.
    private struct Postponed: Error {
        let reason: String
    }

    private let scope: AlarmScope
    private let calls: CloudWatchCalls
    private let options: AlarmOptions
    private let time: TimeSource
    private let deadline: Timestamp?
    private let isOfEverything: Bool
    private var pace: CallPace
    private(set) var outcome = ApplyOutcome()

    /// How often each operation was refused in a row for want of a permission, with the last text.
    private var denials: [String: (count: Int, text: String)] = [:]
    /// Alarms that should make room for others of the same name and are still there.
    private var inTheWay: Set<String> = []
    /// What stands under the names of the next alarms to be made or changed; nil for one that was not looked up yet.
    private var lookedUp: [String: LookUp] = [:]

    /// What stands under a name just before an alarm of that name is written.
    private enum LookUp: Sendable {
        case nothing
        case ours(tags: [String: String])
        case foreign(owner: String?)
        case failed(String)
    }

    init(
        scope: AlarmScope, calls: CloudWatchCalls, options: AlarmOptions, pace: CallPace, time: TimeSource,
        deadline: Timestamp?, isOfEverything: Bool
    ) {
        self.scope = scope
        self.calls = calls
        self.options = options
        self.pace = pace
        self.time = time
        self.deadline = deadline
        self.isOfEverything = isOfEverything
    }

    mutating func carryOut(_ steps: [AlarmPlanStep], _ progress: @Sendable (String) -> Void) async {
        var (position, told) = (0, 0)
        while position < steps.count {
            let end = Self.batchEnd(steps, from: position)
            do {
                if case .delete = steps[position].change {
                    try await delete(steps[position..<end])
                } else {
                    let failure = try await carryOut(steps, at: position)
                    outcome.results.append(.init(step: steps[position], failure: failure))
                }
            } catch {
                // A batch can be done in part.
                outcome.untried += steps.dropFirst(outcome.results.count)
                break
            }
            position = end
            if position - told >= Self.progressInterval, position < steps.count {
                told = position
                progress("\(scope): \(position) of \(steps.count) changes made")
            }
        }
        progress("\(scope): \(outcome.results.count) of \(counted(steps.count, "change")) made")
    }

    /// The end of the deletions from here on that one call can make.
    ///
    /// One composite is allowed in a call, but alone it is certain to go before what stands in it; log alarms cannot be
    /// deleted in batches.
    static func batchEnd(_ steps: [AlarmPlanStep], from start: Int) -> Int {
        var end = start
        while end < steps.count, end - start < maximumNames, case .delete(let alarm, _) = steps[end].change,
            alarm.type == .metric
        {
            end += 1
        }
        return max(end, start + 1)
    }

    // MARK: Steps

    /// - Returns: why the step failed; nil when it did not.
    /// - Throws: ``OutOfTime``, or `CancellationError`.
    private mutating func carryOut(_ steps: [AlarmPlanStep], at position: Int) async throws -> String? {
        let step = steps[position]
        switch step.change {
        case .create(let wanted): return try await put(wanted, steps, position)
        case .update(let wanted, let old, _):
            if step.overwrites { return try await put(wanted, steps, position) }
            return try await setTags(of: "alarm:\(wanted.alarm.name)", from: old.tags, to: wanted.alarm.tags)
        case .delete: return nil  // `delete` makes them, as batches.
        case .markMissed(let alarm, let moment):
            let tags = [AlarmOptions.missedTag: moment.iso8601]
            return try await write(
                "TagResource", ["ResourceARN": .string(arn("alarm:\(alarm.name)")), "Tags": AlarmTags.list(tags)])
        case .clearMissed(let alarm):
            return try await write(
                "UntagResource",
                ["ResourceARN": .string(arn("alarm:\(alarm.name)")), "TagKeys": [.string(AlarmOptions.missedTag)]])
        case .createMuteRule(let wanted):
            let request = wanted.rule.request()
            return try await write(request.operation, request.input)
        case .updateMuteRule(let wanted, let old, let differences):
            var failure: String?
            if differences.contains(where: { !$0.isTag }) {
                let request = wanted.rule.request(withTags: false)
                failure = try await write(request.operation, request.input)
            }
            if let failure { return failure }
            return try await setTags(of: "alarm-mute-rule:\(wanted.rule.name)", from: old.tags, to: wanted.rule.tags)
        case .deleteMuteRule(let rule, _):
            return try await write("DeleteAlarmMuteRule", ["AlarmMuteRuleName": .string(rule.name)])
        }
    }

    /// Makes an alarm, or changes its settings, when no other alarm has its name meanwhile.
    private mutating func put(_ wanted: DesiredAlarm, _ steps: [AlarmPlanStep], _ position: Int) async throws
        -> String?
    {
        let name = wanted.alarm.name
        if inTheWay.contains(name) { return "not made: the alarm of another type that it replaces is still there" }
        if lookedUp[name] == nil { await lookUp(steps, from: position) }
        switch lookedUp.removeValue(forKey: name) {
        case .foreign(let owner)?:
            let whose = owner.map { "of \($0)" } ?? "of somebody else"
            return "not written: meanwhile there is an alarm \(whose) with this name; plan again to see what to do"
        case .failed(let reason)?:
            return "not written: whether another alarm has this name could not be looked up: \(reason)"
        case .ours(let tags)?:
            // One that is to be made is there when an earlier run made it. Tags in the call would be ignored.
            let request = wanted.alarm.request(withTags: false)
            let failure = try await write(request.operation, request.input, for: wanted)
            if let failure { return failure }
            return try await setTags(of: "alarm:\(name)", from: tags, to: wanted.alarm.tags)
        case .nothing?, nil:
            let request = wanted.alarm.request()
            return try await write(request.operation, request.input, for: wanted)
        }
    }

    /// Deletes alarms in one call, or half by half when CloudWatch refuses that.
    ///
    /// One name that is gone, or that stands in somebody's composite, makes it delete none of them.
    private mutating func delete(_ batch: ArraySlice<AlarmPlanStep>) async throws {
        do {
            let failure = try await write("DeleteAlarms", ["AlarmNames": .array(batch.map { .string($0.name) })])
            for step in batch {
                if failure == nil { lookedUp[step.name] = .nothing } else { inTheWay.insert(step.name) }
                outcome.results.append(.init(step: step, failure: failure))
            }
        } catch is BatchRefused {
            try await delete(batch.prefix(batch.count / 2))
            try await delete(batch.dropFirst(batch.count / 2))
        } catch let postponed as Postponed {
            for step in batch {
                inTheWay.insert(step.name)
                outcome.results.append(.init(step: step, postponement: postponed.reason))
            }
        }
    }

    private mutating func setTags(
        of resource: String, from old: [String: String], to new: [String: String]
    ) async throws -> String? {
        let changes = TagChanges(from: old, to: new, copied: options.copiedTags)
        let arn = JSONValue.string(arn(resource))
        if !changes.added.isEmpty {
            let input: JSONValue = ["ResourceARN": arn, "Tags": AlarmTags.list(changes.added)]
            if let failure = try await write("TagResource", input) { return failure }
        }
        guard !changes.removed.isEmpty else { return nil }
        let keys = JSONValue.array(changes.removed.map { .string($0) })
        return try await write("UntagResource", ["ResourceARN": arn, "TagKeys": keys])
    }

    private func arn(_ resource: String) -> String {
        ARN(service: "cloudwatch", region: scope.region, account: scope.account, resource: resource).description
    }

    // MARK: Looking before writing

    /// Looks up the names of the next alarms that are to be made or changed: a plan can be minutes old, and
    /// `PutMetricAlarm` overwrites whatever has the name.
    private mutating func lookUp(_ steps: [AlarmPlanStep], from position: Int) async {
        var names: [String] = []
        for step in steps[position...] {
            if step.overwrites, lookedUp[step.name] == nil { names.append(step.name) }
            if names.count == Self.maximumNames { break }
        }
        var arns: [String: String] = [:]
        do {
            let prefix = arn("alarm:")
            try await calls.describe(["AlarmNames": .array(names.map { .string($0) })], deadline) { page in
                for type in AlarmType.allCases {
                    for json in page[type.list]?.arrayValue ?? [] {
                        guard let name = json["AlarmName"]?.stringValue else { continue }
                        arns[name] = json["AlarmArn"]?.stringValue ?? prefix + name
                    }
                }
            }
        } catch {
            for name in names { lookedUp[name] = .failed("\(error)") }
            return
        }
        let tags = await calls.tags(of: Array(arns.values), deadline)
        for name in names {
            // What an earlier step of this plan deletes is looked up as it stands now; its deletion comes first.
            lookedUp[name] = arns[name].map { found(tags[$0]) } ?? .nothing
        }
    }

    private func found(_ tags: Result<[String: String], AWSError>?) -> LookUp {
        switch tags {
        case .success(let tags)?:
            let owner = tags[AlarmOptions.ownerTag]
            return owner == options.owner ? .ours(tags: tags) : .foreign(owner: owner)
        case .failure(let error)?: return .failed("\(error)")
        case nil: return .failed("its tags were not listed")
        }
    }

    // MARK: Calls

    /// Makes one call when its turn comes, again after throttling.
    /// - Returns: why it failed and what to do; nil when it did not.
    /// - Throws: ``OutOfTime``, ``BatchRefused``, ``Postponed``, or `CancellationError`.
    private mutating func write(
        _ operation: String, _ input: JSONValue, for wanted: DesiredAlarm? = nil
    ) async throws -> String? {
        if let denial = denials[operation], denial.count >= Self.maximumDenials {
            return "not tried: \(operation) was refused \(denial.count) times in a row: \(denial.text)"
        }
        while true {
            try await waitForTurn(operation)
            do {
                _ = try await calls.client.call(operation, input, deadline: deadline)
                outcome.writeCalls += 1
                pace.noteSuccess(operation)
                denials[operation] = nil
                return nil
            } catch let error as AWSError where error.isThrottling {
                guard pace.noteThrottling(operation, at: time.now()) < Self.maximumThrottlings else {
                    return "given up: CloudWatch throttles \(operation) for minutes; the next run tries again: \(error)"
                }
            } catch let error as AWSError {
                let isBatch = (input["AlarmNames"]?.arrayValue?.count ?? 1) > 1
                if isBatch, error.isNotFound || error.refusesInput { throw BatchRefused() }
                if operation.hasPrefix("Delete"), error.isNotFound { return nil }
                if operation == "DeleteAlarms", error.refusesInput, !isOfEverything {
                    throw Postponed(
                        reason: "the next run of everything deletes it, after the composites that name it: \(error)")
                }
                return failure(error, operation, wanted)
            }
        }
    }

    private mutating func waitForTurn(_ operation: String) async throws {
        try Task.checkCancellation()
        let now = time.now()
        let turn = pace.next(operation, at: now)
        if let deadline, turn + Self.minimumTime > deadline { throw OutOfTime() }
        if turn > now { try await time.sleep(turn - now) }
        pace.note(operation, at: time.now())
    }

    private mutating func failure(_ error: AWSError, _ operation: String, _ wanted: DesiredAlarm?) -> String {
        let rule = wanted.map { " (rule \($0.reason.rule), \($0.reason.origin))" } ?? ""
        guard error.isDenied else {
            denials[operation] = nil
            if error.isLimit { return "\(error)\(rule): ask for more alarms in Service Quotas, or use style: fleet" }
            guard error.refusesInput else { return "\(error)\(rule); the next run tries again" }
            return operation == "DeleteAlarms"
                ? "\(error): take it out of the composite alarm that names it" : "\(error)\(rule): change the rule"
        }
        let text = "\(error): allow cloudwatch:\(operation) to the role that applies"
        denials[operation] = ((denials[operation]?.count ?? 0) + 1, text)
        return text
    }
}

extension AlarmPlanStep {
    /// Whether it puts an alarm under its name, whatever stands there.
    fileprivate var overwrites: Bool {
        switch change {
        case .create: true
        case .update(_, _, let differences): differences.contains { !$0.isTag }
        default: false
        }
    }
}

extension AWSError {
    /// Whether the account has as many alarms as it may.
    fileprivate var isLimit: Bool { ["LimitExceeded", "LimitExceededFault"].contains(code) }
}
