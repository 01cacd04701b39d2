import AWS
import Basics
public import JSON

/// EventBridge of this machine: brings events to the targets of the rules that select them, and plays schedules.
///
/// moto keeps buses, rules and targets; beside them are the rules that ``take(_:)`` gives.
public final class EventBus: Sendable {
    /// Why an event cannot be taken, as `PutEvents` answers.
    struct Refusal: Error {
        let code: String
        let message: String
    }

    /// Where rules without a bus are.
    static let defaultBus = "default"
    /// The most deliveries that are under way, with those that wait for a retry.
    private static let maximumPending = 1_000
    /// How often schedules are looked at.
    private static let interval = Duration.seconds(2)

    private struct State {
        var ownRules: [EventRule] = []
        var functions: [String: LocalFunction] = [:]
        var pending = 0
        var note: @Sendable (String) -> Void = { _ in }
        /// What was told of rules, so that nothing is told twice.
        var told: Set<String> = []
    }

    private let client: AWSClient
    private let sns: AWSClient
    private let sqs: AWSClient
    private let time: TimeSource
    private let state = Locked(State())
    private let deliveries = AsyncStream.makeStream(of: EventDelivery.Item.self)
    private let offered = AsyncStream.makeStream(
        of: JSONValue.self, bufferingPolicy: .bufferingNewest(EventBus.maximumPending))

    /// - Parameter aws: leads to moto itself.
    init(aws: AWSConfiguration, time: TimeSource) throws {
        client = try AWSClient(.eventBridge, configuration: aws)
        sns = try AWSClient(.sns, configuration: aws)
        sqs = try AWSClient(.sqs, configuration: aws)
        self.time = time
    }

    // MARK: What a session gives

    /// Replaces the rules of `tocsin.yaml`.
    public func take(_ rules: [EventRule]) { state.withLock { $0.ownRules = rules } }

    /// A function can be invoked under its name; nil when it no longer can.
    public func take(_ function: LocalFunction?, named name: String) {
        state.withLock { $0.functions[name] = function }
    }

    /// Takes an event of a service of AWS, as the service would send it to the default bus.
    public func offer(_ event: JSONValue) { offered.continuation.yield(event) }

    /// Plays schedules and deliveries until the task is cancelled.
    /// - Parameter note: called with a line for people about rules that cannot be played, and about failures.
    public func run(note: @escaping @Sendable (String) -> Void) async {
        state.withLock { $0.note = note }
        let delivery = EventDelivery(
            sns: sns, sqs: sqs,
            invoke: { name, event in
                try await self.state.withLock { $0.functions[name] }?.invoke(event)
            },
            forward: { event, bus, hops in try await self.route(event, bus: bus, hops: hops) }, time: time,
            note: note)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.playSchedules() }
            group.addTask { await self.routeOffered() }
            for await item in deliveries.stream {
                group.addTask {
                    await delivery.deliver(item)
                    self.state.withLock { $0.pending -= 1 }
                }
            }
            group.cancelAll()
        }
    }

    private func routeOffered() async {
        for await event in offered.stream {
            do {
                try await route(event, bus: Self.defaultBus)
            } catch {
                if Task.isCancelled { return }
                let type = event["detail-type"]?.stringValue ?? "event"
                note("event rules: an event \"\(type)\" was not looked at: \(Self.text(error))")
            }
        }
    }

    // MARK: Events

    /// Starts the deliveries of an event to the targets of all rules that select it.
    /// - Throws: `Refusal` when too many are under way; `AWSError` when the rules cannot be read.
    func route(_ event: JSONValue, bus: String, hops: Int = 0) async throws {
        let pending = state.withLock(\.pending)
        guard pending < Self.maximumPending else {
            throw Refusal(
                code: "ThrottlingException", message: "\(pending) deliveries are under way or wait for a retry")
        }
        var selecting = bus == Self.defaultBus ? state.withLock(\.ownRules) : []
        selecting.removeAll { !($0.pattern?.matches(event) ?? false) }
        let ownARNs = Set(selecting.map(\.arn))
        for rule in try await rules(of: bus) where rule.pattern?.matches(event) ?? false {
            // moto may have a rule of the same name.
            if ownARNs.contains(rule.arn) { continue }
            selecting.append(try await withTargets(rule, of: bus))
        }
        for rule in selecting { send(event, by: rule, hops) }
    }

    private func send(_ event: JSONValue, by rule: EventRule, _ hops: Int = 0) {
        for target in rule.targets {
            state.withLock { $0.pending += 1 }
            deliveries.continuation.yield(
                .init(event: event, rule: rule, target: target, received: time.now(), hops: hops))
        }
    }

    /// moto's enabled rules of a bus, without their targets; what cannot be played is told and left out.
    private func rules(of bus: String) async throws -> [EventRule] {
        var rules: [EventRule] = []
        for try await page in client.pages("ListRules", ["EventBusName": .string(bus)]) {
            for rule in page["Rules"]?.arrayValue ?? [] {
                do throws(EventRule.Unplayable) {
                    if let rule = try EventRule(describing: rule) { rules.append(rule) }
                } catch {
                    tellOnce(error.reason)
                }
            }
        }
        return rules
    }

    private func withTargets(_ rule: EventRule, of bus: String) async throws -> EventRule {
        var targets: [EventTarget] = []
        let input: JSONValue = ["Rule": .string(rule.name), "EventBusName": .string(bus)]
        for try await page in client.pages("ListTargetsByRule", input) {
            for target in page["Targets"]?.arrayValue ?? [] {
                do throws(EventRule.Unplayable) {
                    targets.append(try EventTarget(describing: target))
                } catch {
                    tellOnce("a target of the rule \(rule.name) gets nothing: \(error.reason)")
                }
            }
        }
        return rule.with(targets)
    }

    // MARK: Schedules

    private func playSchedules() async {
        var times = RuleTimes()
        while !Task.isCancelled {
            do {
                try await playSchedules(&times, at: time.now())
            } catch {
                if Task.isCancelled { return }
                // By its code: a message has the id of its request.
                let reason = (error as? AWSError)?.code ?? "\(error)"
                tellOnce("event rules: schedules of the local AWS cannot be read: \(reason)")
            }
            try? await time.sleep(Self.interval)
        }
    }

    /// One look at the schedules.
    func playSchedules(_ times: inout RuleTimes, at now: Timestamp) async throws {
        let own = state.withLock(\.ownRules)
        let ownARNs = Set(own.map(\.arn))
        // Only the default bus has schedules.
        let others = try await rules(of: Self.defaultBus).filter { !ownARNs.contains($0.arn) }
        for rule in times.due(own + others, at: now) {
            let event: JSONValue = [
                "version": "0", "id": .string(.randomUUID()), "detail-type": "Scheduled Event",
                "source": "aws.events", "account": .string(LocalPlace.account),
                "time": .string(now.iso8601(fractionDigits: 0)), "region": .string(LocalPlace.region),
                "resources": [.string(rule.arn)], "detail": [:],
            ]
            send(event, by: ownARNs.contains(rule.arn) ? rule : try await withTargets(rule, of: Self.defaultBus))
        }
    }

    // MARK: Notes

    private func note(_ line: String) { state.withLock(\.note)(line) }

    private func tellOnce(_ line: String) {
        let isNew = state.withLock { $0.told.insert(line).inserted }
        if isNew { note(line) }
    }

    private static func text(_ error: any Error) -> String { (error as? Refusal)?.message ?? "\(error)" }
}
