import Basics
import DurableExecution
import JSON

/// What a run asks people and their tools before and between its activities.
struct RunGates: Sendable {
    /// The lever, the commands to the run and the stop conditions; nil when nobody is asked.
    var control: RunControl?
    /// The approvals; nil when no activity needs one.
    var approvals: ApprovalGate?
    /// When the invocation of a durable run is nearly over; nil where the process lasts as long as the run.
    var handover: Timestamp?
    /// Whether the run has ended already: what was recorded is played again, and nothing more is begun.
    var isOver = false
    /// Whether a recovery goes through the record of a run: it asks nobody, and takes the steps that are recorded.
    var isRecovery = false
    /// The most bytes of an activity's record; nil for no limit.
    var maximumRecordBytes: Int?
    let hold = HoldGate()

    /// Lets the next invocation go on when the time of this one is nearly over.
    func handOver(_ time: TimeSource, on scope: DurableScope) async throws {
        while !scope.isReplaying && handover.map({ time.now() >= $0 }) == true || scope.isNext(Self.handoverStep) {
            // Longer than what a process waits for: it ends, unless something goes on in the background.
            try await scope.wait(Self.handoverStep, for: .seconds(10))
        }
    }

    private static let handoverStep = "next invocation"
}

/// Whether a run is held: it begins no activity until it is told to go on.
final class HoldGate: Sendable {
    /// Raised when the run may go on; nil while it is not held.
    private let state = Locked<DurableSignal?>(nil)

    /// What ends the present hold.
    var resumption: DurableSignal? { state.withLock { $0 } }

    /// Holds the run.
    /// - Returns: whether it was not held before.
    func close() -> Bool {
        state.withLock { signal in
            guard signal == nil else { return false }
            signal = DurableSignal()
            return true
        }
    }

    /// Lets the run go on.
    /// - Returns: whether it was held.
    @discardableResult
    func open() -> Bool {
        let signal = state.withLock { signal in
            defer { signal = nil }
            return signal
        }
        signal?.raise()
        return signal != nil
    }
}

/// Asks for the approval of activities that need one, and waits for it.
struct ApprovalGate: Sendable {
    /// The run's id.
    let run: String
    let approvals: Approvals
    /// How long people have.
    let timeout: Duration
    /// The pause between two looks.
    let interval: Duration
    let isNeeded: @Sendable (Activity) -> Bool

    /// Waits until the activity is approved.
    ///
    /// - Returns: why the run ends; nil when the activity may run.
    func wait(
        for activity: Activity, key: String, unless interruption: Interruption, on scope: DurableScope
    ) async throws -> StopReason? {
        let provider = activity.provider
        let call = provider["module"].map { "\($0.stringValue ?? "").\(provider["func"]?.stringValue ?? "")" }
        let question = "\(activity.kind.rawValue) \"\(activity.name)\" (\(call ?? provider["type"]?.stringValue ?? ""))"
        // Between two looks the number of those that failed in a row is kept.
        let answer = try await scope.waitForCondition(Self.step(activity), every: interval) { failures in
            if interruption.reason != nil { return .holds(.null) }
            do {
                let approval = try await approvals.request(run: run, step: key, question: question, timeout: timeout)
                return approval.state == .pending ? .again(.null) : .holds(approval.stopReason?.json ?? .null)
            } catch {
                if error is CancellationError || Task.isCancelled { throw error }
                let count = (failures.intValue ?? 0) + 1
                guard count >= Self.maximumFailures else { return .again(.integer(count)) }
                let why = "the approval of \(question) could not be read \(count) times in a row: \(error)"
                return .holds(StopReason(.blind, "approvals", why).json)
            }
        }
        return StopReason(answer)
    }

    /// How many looks in a row may fail.
    private static let maximumFailures = 3

    /// Takes the answer that the run has recorded; a question that was open stays without one.
    ///
    /// A denial has no effect here: the interruption that followed it is recorded, too.
    static func replayAnswer(for activity: Activity, on scope: DurableScope) async throws {
        guard scope.isNext(step(activity)) else { return }
        _ = try await scope.waitForCondition(step(activity), every: .seconds(1)) { _ in .holds(.null) }
    }

    private static func step(_ activity: Activity) -> String { "approval of \(activity.stepName)" }
}

extension RunContext {
    /// Asks the control again and again until the signal is raised, and passes on what it says.
    func watch(_ control: RunControl, until end: DurableSignal, on scope: DurableScope) async throws {
        var recorded = control.failures
        while true {
            // Only what is due now is asked: a replay repeats waits, and asks nobody.
            if scope.isNext(Self.failuresStep) {
                control.failures = Self.failures(try await scope.step(Self.failuresStep) { .null })
                recorded = control.failures
            } else if !scope.isReplaying {
                if interruption.reason != nil {
                    // A run that is to end does not stay held.
                    gates.hold.open()
                    return
                }
                switch await control.poll() {
                case .goOn:
                    if gates.hold.open() { tell(.message(.info, "The run goes on."), scope) }
                case .hold(let text):
                    if gates.hold.close() { tell(.message(.warning, "The run is \(text): no activity begins."), scope) }
                case .stop(let reason):
                    interruption.raise(Interruption.Reason(reason))
                    gates.hold.open()
                    return
                }
                if control.failures != recorded {
                    recorded = control.failures
                    let counts = JSONValue.array(recorded.map { .integer(Int64($0)) })
                    _ = try await scope.step(Self.failuresStep) { counts }
                }
            }
            let pause = max(control.pause, .milliseconds(100))
            if try await !scope.wait("watch", for: pause, unless: end) { return }
        }
    }

    private static let failuresStep = "failed looks"

    private static func failures(_ recorded: JSONValue) -> [Int] {
        (recorded.arrayValue ?? []).map { Int(clamping: $0.intValue ?? 0) }
    }

    /// Waits as long as the run is held.
    func waitWhileHeld(_ scope: DurableScope) async throws {
        let isRecorded = scope.isNext(Self.holdStep)
        guard isRecorded || !scope.isReplaying, isRecorded || gates.hold.resumption != nil else { return }
        let signal = gates.hold.resumption ?? DurableSignal()
        // A recorded wait that had not ended: the first look decides whether the run is still held.
        if isRecorded, gates.hold.resumption == nil { signal.raise() }
        try await scope.wait(Self.holdStep, for: Self.longestHold, unless: signal)
        try await waitWhileHeld(scope)
    }

    private static let holdStep = "held"
    /// Who holds a run for longer finds it going on.
    private static let longestHold = Duration.seconds(30 * 86_400)
}

extension Interruption.Reason {
    /// The interruption that a stop demands.
    init(_ reason: StopReason) {
        let kind: Kind =
            switch reason.kind {
            case .lever, .command: .lever
            case .lost: .lost
            case .duration: .deadline
            case .approval: .refused
            case .alarm, .probe, .blind: .stopCondition
            }
        self.init(kind, name: reason.name, reason.message)
    }
}
