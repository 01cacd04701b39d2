import AWS
import Basics
import CloudWatchAlarms
import TestSupport
import Transport

@testable import AlarmProvisioner

/// Scopes, resources and alarms of the tests of plans.
enum PlanSamples {
    static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")
    static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    static let options = AlarmOptions(gracePeriod: .seconds(3_600), maximumDeletedPercent: 25)

    static func function(_ name: String, in scope: AlarmScope = scope) -> WatchedResource {
        WatchedResource(
            kind: .lambdaFunction, scope: scope,
            id: "arn:aws:lambda:\(scope.region):\(scope.account):function:\(name)", name: name,
            dimensions: ["FunctionName": name])
    }

    /// An alarm for the errors of a function.
    static func errors(
        _ function: WatchedResource, threshold: Double = 1, tags: [String: String] = [:]
    ) -> DesiredAlarm {
        let statistic = MetricStatistic(
            namespace: "AWS/Lambda", metric: "Errors", dimensions: function.dimensions, statistic: "Sum", period: 60)
        var all = [
            AlarmOptions.ownerTag: options.owner, AlarmOptions.ruleTag: "lambda-errors",
            AlarmOptions.resourceTag: function.id,
        ]
        all.merge(tags) { $1 }
        let alarm = Alarm(
            name: "tocsin-lambda-errors-\(function.name)", description: "errors of \(function.name)",
            condition: .metric(
                MetricCondition(
                    data: .metric(statistic), threshold: .value(.greaterOrEqual, threshold), evaluationPeriods: 3,
                    missingData: .notBreaching)),
            actions: AlarmActions(alarm: ["arn:aws:sns:\(function.scope.region):123456789012:alarms"]), tags: all)
        return DesiredAlarm(alarm: alarm, scope: function.scope, reason: reason(function.id))
    }

    static func reason(_ resource: String? = nil) -> AlarmReason {
        AlarmReason(
            rule: "lambda-errors", origin: RuleOrigin(.rules, file: "rules.yaml", line: 12), kind: .lambdaFunction,
            resource: resource, threshold: "1")
    }

    static func composite(
        _ name: String, _ rule: AlarmRuleExpression, in scope: AlarmScope = scope
    ) -> DesiredAlarm {
        let alarm = Alarm(
            name: name, condition: .composite(CompositeCondition(rule: rule)),
            tags: [AlarmOptions.ownerTag: options.owner])
        return DesiredAlarm(alarm: alarm, scope: scope, reason: reason())
    }

    static func log(_ name: String, in scope: AlarmScope = scope) -> DesiredAlarm {
        let condition = LogCondition(
            query: "filter @message like /Error/", logGroups: ["/aws/lambda/a"],
            queryRoleARN: "arn:aws:iam::123456789012:role/queries", comparison: .greater, threshold: 0)
        let alarm = Alarm(
            name: name, condition: .log(condition), tags: [AlarmOptions.ownerTag: options.owner])
        return DesiredAlarm(alarm: alarm, scope: scope, reason: reason())
    }

    static func muteRule(_ name: String, hour: Int = 2, in scope: AlarmScope = scope) -> DesiredMuteRule {
        let rule = MuteRule(
            name: name, schedule: "cron(0 \(hour) * * SUN)", duration: .seconds(3_600), alarms: ["a"],
            tags: [AlarmOptions.ownerTag: options.owner])
        return DesiredMuteRule(rule: rule, scope: scope, origin: RuleOrigin(.rules, file: "rules.yaml", line: 30))
    }
}

extension ExistingAlarm {
    /// One of ours.
    static func ours(_ alarm: Alarm) -> ExistingAlarm {
        ExistingAlarm(name: alarm.name, type: alarm.type, ownership: .ours(alarm))
    }
}

extension AlarmPlan {
    /// `create a`, in order.
    var actions: [String] { steps.map { "\($0.action) \($0.name)" } }
}

/// A cloud of the tests, and what is done with it: reading, planning and applying as the function does it.
struct PlanStand {
    private static let loop = Result { try EventLoop.onOwnThread() }

    let scope: AlarmScope
    let http: CountingHTTP
    let clock = TestClock(PlanSamples.now)
    var options = PlanSamples.options

    init(_ url: String, region: String) throws {
        scope = AlarmScope(account: "123456789012", region: region)
        http = CountingHTTP(HTTPClient(loop: try Self.loop.get()), url: url)
    }

    var aws: AWSConfiguration {
        get throws {
            try AWSConfiguration(
                environment: awsVariables(at: http.url), region: scope.region, http: http, time: clock.source)
        }
    }

    func client() throws -> AWSClient { try AWSClient(.cloudWatch, configuration: aws) }

    func read(_ desired: DesiredAlarms, coverage: AlarmCoverage = .all) async throws -> ExistingAlarms {
        try await AlarmReader(scope: scope, options: options, aws: aws)
            .read(desired: desired.alarms, muteRules: desired.muteRules, coverage: coverage)
    }

    /// - Parameter resources: what was discovered.
    func plan(
        _ desired: DesiredAlarms, resources: [WatchedResource] = [], incomplete: [IncompleteDiscovery] = [],
        coverage: AlarmCoverage = .all
    ) async throws -> AlarmPlan {
        let existing = try await read(desired, coverage: coverage)
        return AlarmPlanner(options: options, now: clock.now)
            .plan(
                desired: desired, existing: [existing],
                discovered: DiscoveredResources(resources: resources, incomplete: incomplete))
    }

    func apply(_ plan: AlarmPlan, deadline: Timestamp? = nil) async throws -> ApplyOutcome {
        let applier = AlarmApplier(options: options, time: clock.source) { [self] _ in try aws }
        return try await applier.apply(plan, deadline: deadline)
    }

    /// Plans and applies.
    @discardableResult
    func provision(_ desired: [DesiredAlarm], resources: [WatchedResource] = []) async throws -> ApplyOutcome {
        try await apply(plan(DesiredAlarms(alarms: desired), resources: resources))
    }
}

/// Passes calls on, counts them, and fails or throttles those that a test chooses.
final class CountingHTTP: HTTPExecuting {
    /// What happens to a call.
    enum Fate: Sendable {
        case passes
        /// Answered by an error of this code instead of being sent.
        case refused(String)
        /// The process dies: neither this call nor a later one arrives.
        case stopped
    }

    private struct State: Sendable {
        var operations: [String] = []
        var isStopped = false
        var fate: @Sendable (_ operation: String, _ number: Int) -> Fate = { _, _ in .passes }
    }

    let url: String
    private let base: any HTTPExecuting
    private let state = Locked(State())

    init(_ base: any HTTPExecuting, url: String) { (self.base, self.url) = (base, url) }

    /// The operations that were sent, in order, also those that were refused here.
    var operations: [String] { state.withLock { $0.operations } }

    var writes: [String] {
        operations.filter { operation in
            ["Put", "Delete", "Tag", "Untag"].contains { operation.hasPrefix($0) }
        }
    }

    /// Decides about the next calls; their numbers begin at 0 for each operation again.
    func decide(_ fate: @escaping @Sendable (_ operation: String, _ number: Int) -> Fate = { _, _ in .passes }) {
        state.withLock { $0 = State(fate: fate) }
    }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        let operation = request.headers["X-Amz-Target"]?.split(separator: ".").last.map { String($0) } ?? "?"
        let fate = state.withLock { state -> Fate in
            let number = state.operations.count { $0 == operation }
            state.operations.append(operation)
            if state.isStopped { return .stopped }
            let fate = state.fate(operation, number)
            if case .stopped = fate { state.isStopped = true }
            return fate
        }
        switch fate {
        case .passes: return try await base.execute(request)
        case .stopped: throw TransportError(.connectFailed, "the process has ended")
        case .refused(let code):
            return HTTPResponse(
                status: 400, headers: ["Content-Type": "application/x-amz-json-1.0"],
                body: Array(#"{"__type":"\#(code)","message":"as the test says"}"#.utf8), url: request.url)
        }
    }
}
