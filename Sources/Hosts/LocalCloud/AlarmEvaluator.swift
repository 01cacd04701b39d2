import AWS
public import AlarmEvaluation
import Basics
public import CloudWatchAlarms
import JSON

/// Evaluates the alarms of the local CloudWatch, which only stores them, as the real one does by itself.
///
/// It reads the alarms by `DescribeAlarms` when they may have changed, takes their data from ``LocalMetrics``, writes
/// changes by `SetAlarmState`, and publishes CloudWatch's own message to the topics among the alarm's actions.
public struct AlarmEvaluator: Sendable {
    /// moto itself: what is written here is known here.
    let cloudWatch: AWSClient
    let sns: AWSClient
    let metrics: LocalMetrics
    /// How many calls of others may have changed alarms.
    let alarmChanges: AlarmChangeCount
    let location: AlarmLocation
    /// The topic that all messages go to, whatever topics the alarms name: those are the real AWS's.
    ///
    /// Nil for the alarms' own topics.
    var topicARN: String?
    /// What gets the events of changes; nil for nothing.
    var events: EventBus?

    /// How long after the end of a period its data are read: results are still on their way then.
    private static let delay = Duration.seconds(3)

    private static let maximumAttempts = 3

    /// Evaluates again and again until the task is cancelled.
    /// - Parameters:
    ///   - interval: the time from one round to the next.
    ///   - onChange: called with a line for people about each change of state.
    ///   - onFailure: called with a line for people about each call that failed; it is tried again in the next round.
    ///   - muteRules: asked before each round for the rules that hold messages back.
    ///   - onRound: called after each round.
    public func run(
        every interval: Duration, onChange: @Sendable (String) -> Void, onFailure: @Sendable (String) -> Void,
        muteRules: @Sendable ([Alarm]) -> [MuteRule] = { _ in [] }, onRound: @Sendable (AlarmRound) -> Void = { _ in }
    ) async {
        var session = AlarmSession(location: location)
        while !Task.isCancelled {
            do {
                try session.engine.replaceMuteRules(muteRules(session.engine.alarms))
                let changes = try await evaluate(&session, at: .now() - Self.delay)
                for change in changes where change.contributor == nil && !change.isAfterHold { onChange(change.line) }
                onRound(AlarmRound(session.engine, changes))
                for change in changes where !change.isAfterHold {
                    events?.offer(.object(change.event(in: location, id: .randomUUID())))
                }
                for notice in session.newNotices() { onFailure("alarms: \(notice)") }
                // Last: what cannot be sent has changed all the same.
                try await deliver(&session) { onFailure("alarms: \($0)") }
            } catch {
                if Task.isCancelled { return }
                onFailure("alarms: \(error)")
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// One round: the changes since the last one, which are to be delivered now.
    func evaluate(_ session: inout AlarmSession, at time: Timestamp) async throws -> [AlarmStateChange] {
        // Counted before the alarms are read: a change in between is read in the next round.
        let changed = alarmChanges.value
        if session.readChanges != changed {
            let (alarms, unreadable) = try await describeAlarms()
            session.take(alarms, unreadable: unreadable, at: time)
            session.readChanges = changed
        }
        let changes = session.engine.evaluate(at: time, data: metrics.data)
        session.outbox += changes.map { AlarmSession.Delivery(change: $0) }
        return changes
    }

    /// Writes and sends in order; what fails is tried again in the next rounds, with all that follows it, and dropped
    /// after three attempts, so that a topic or alarm that is gone does not hold back the rest.
    /// - Parameter onDrop: called with a line for people about each change that is given up.
    func deliver(_ session: inout AlarmSession, onDrop: (String) -> Void) async throws {
        while var delivery = session.outbox.first {
            do {
                try await perform(&delivery)
                session.outbox.removeFirst()
            } catch {
                // The end of the session is no failure of the message.
                if Task.isCancelled { throw error }
                delivery.attempts += 1
                session.outbox[0] = delivery
                if delivery.attempts < Self.maximumAttempts { throw error }
                session.outbox.removeFirst()
                onDrop("gave up after \(delivery.attempts) attempts: \(delivery.change.line) was not sent: \(error)")
            }
        }
    }

    private func perform(_ delivery: inout AlarmSession.Delivery) async throws {
        let change = delivery.change
        if !delivery.isWritten, change.contributor == nil, !change.isAfterHold { try await setState(change) }
        delivery.isWritten = true
        while let action = delivery.actions.first {
            if action.arnFields?[2] == "sns" || topicARN != nil {
                let subject = String(change.subject(in: location).prefix(100))
                let message = JSONValue.object(change.notification(in: location)).description
                _ = try await sns.call(
                    "Publish",
                    ["TopicArn": .string(topicARN ?? action), "Subject": .string(subject), "Message": .string(message)])
            }
            // They would all be the same message at the one topic.
            if topicARN != nil { delivery.actions = [] } else { delivery.actions.removeFirst() }
        }
    }

    private func setState(_ change: AlarmStateChange) async throws {
        var input: JSONObject = [
            "AlarmName": .string(change.alarm.name), "StateValue": .string(change.current.state.rawValue),
            "StateReason": .string(change.current.reason.text),
        ]
        if let data = change.current.reason.data { input["StateReasonData"] = .string(data) }
        _ = try await cloudWatch.call("SetAlarmState", .object(input))
    }

    /// The alarms that exist, and why some of them cannot be read.
    private func describeAlarms() async throws -> (alarms: [Alarm], unreadable: [String]) {
        var (alarms, unreadable) = ([Alarm](), [String]())
        for try await page in cloudWatch.pages("DescribeAlarms", [:]) {
            for type in AlarmType.allCases {
                for element in page[type.list]?.arrayValue ?? [] {
                    do throws(CloudWatchAlarmsError) {
                        alarms.append(try Alarm(describing: element, type: type))
                    } catch {
                        unreadable.append(error.message)
                    }
                }
            }
        }
        return (alarms, unreadable)
    }
}

/// The alarms after a round of their evaluation.
public struct AlarmRound: Sendable {
    /// All that exist, with their states.
    public let alarms: [(alarm: Alarm, status: AlarmStatus)]
    /// What changed in the round.
    public let changes: [AlarmStateChange]
    /// Why alarms are not evaluated, by name.
    public let notEvaluated: [String: String]

    init(_ engine: AlarmEngine, _ changes: [AlarmStateChange]) {
        alarms = engine.alarms.compactMap { alarm in engine.status(of: alarm.name).map { (alarm, $0) } }
        notEvaluated = engine.notEvaluated
        self.changes = changes
    }
}

/// What is kept between the rounds.
struct AlarmSession {
    /// A change on its way to CloudWatch and the topics.
    struct Delivery {
        let change: AlarmStateChange
        var isWritten = false
        /// Those that have not been notified yet.
        var actions: [String]
        var attempts = 0

        /// Keeps the first OK of an alarm to itself, which CloudWatch sends: each start would begin with it.
        init(change: AlarmStateChange) {
            let isFirstOK = change.previous.state == .insufficientData && change.current.state == .ok
            (self.change, actions) = (change, isFirstOK ? [] : change.actions)
        }
    }

    var engine: AlarmEngine
    /// Oldest first.
    var outbox: [Delivery] = []
    private var alarms: [Alarm] = []
    private var unreadable: [String] = []
    private var told: Set<String> = []
    /// Up to which change of alarms they have been read; nil before the first time.
    var readChanges: Int?

    init(location: AlarmLocation) { engine = AlarmEngine(location: location) }

    /// Takes over the alarms that exist now; their states stay.
    mutating func take(_ alarms: [Alarm], unreadable: [String], at time: Timestamp) {
        self.unreadable = unreadable
        guard alarms != self.alarms else { return }
        self.alarms = alarms
        engine.replaceAlarms(alarms, at: time)
    }

    /// Why alarms are not evaluated, each told once.
    mutating func newNotices() -> [String] {
        let notEvaluated = engine.notEvaluated.sorted { $0.key < $1.key }.map {
            "\($0.key) is not evaluated: \($0.value)"
        }
        return (unreadable + notEvaluated).filter { told.insert($0).inserted }
    }
}

extension AlarmStateChange {
    /// A line for people: `alarm checkout-down: OK → ALARM`.
    fileprivate var line: String {
        "alarm \(alarm.name): \(previous.state.rawValue) → \(current.state.rawValue)"
    }
}
