public import Basics
internal import JSON

/// What a form of the page asks for.
struct ConsoleAction: Sendable {
    /// What has become of it.
    enum Outcome {
        case done(String)
        /// The experiment's plan is not the one that was read; why, for people.
        case planHasChanged(experiment: String, String)
    }

    let perform: @Sendable (any ConsoleActions, _ form: [String: String]) async throws -> Outcome

    private init(_ perform: @escaping @Sendable (any ConsoleActions, [String: String]) async throws -> Outcome) {
        self.perform = perform
    }

    /// By the last part of their address.
    static let all: [String: ConsoleAction] = [
        "check": ConsoleAction { actions, form in .done(try await actions.check(service: form["service"])) },
        "test-event": ConsoleAction { actions, _ in .done(try await actions.sendTestEvent()) },
        "stop": ConsoleAction { actions, _ in .done(try await actions.stopExperiment()) },
        "silence": ConsoleAction { actions, form in
            let alarm = try field("alarm", form)
            guard let seconds = Int64(try field("seconds", form)), (0...maximumSilence).contains(seconds) else {
                throw ConsoleError(.incompleteForm, "an alarm can be silenced for 0 to \(maximumSilence) seconds")
            }
            return .done(try await actions.silence(alarm: alarm, for: .seconds(seconds)))
        },
        "run": ConsoleAction { actions, form in
            // No plan is asked for here: one that nobody has read must not become the one that runs.
            let (id, digest) = (try field("experiment", form), try field("plan", form))
            do {
                return .done(try await actions.run(experiment: id, plan: digest))
            } catch let error as ConsoleError where error.code == .planHasChanged {
                return .planHasChanged(experiment: id, error.message)
            }
        },
    ]

    /// Seconds of the longest silence: a week.
    private static let maximumSilence: Int64 = 7 * 86_400

    private static func field(_ name: String, _ form: [String: String]) throws -> String {
        guard let value = form[name], !value.isEmpty else {
            throw ConsoleError(.incompleteForm, "the form lacks '\(name)': load the page again")
        }
        return value
    }
}

/// Why a form was not carried out.
public enum ConsoleErrorCode: String, ErrorCode {
    /// A field is missing or out of range.
    case incompleteForm
    /// It cannot be done, or not now.
    case notPossible
    /// The experiment is to run by a plan that is not the newest: it is shown anew, and nothing was run.
    case planHasChanged
}

/// Why a form was not carried out, for people.
public typealias ConsoleError = CodedError<ConsoleErrorCode>

/// What a form has led to, for the page that is shown next.
struct ActionResult: Sendable {
    /// `good`, `warn` or `bad`.
    var tone: String
    var text: String

    var json: JSONValue { ["tone": .string(tone), "text": .string(text)] }
}

/// The newest results, by the number in the address of the page that shows them.
///
/// They are told for a time: a browser without scripts loads the same address again and again.
final class ActionResults: Sendable {
    private struct State {
        var results: [Int: (result: ActionResult, end: Timestamp)] = [:]
        var next = 1
    }

    private let state = Locked(State())
    private static let capacity = 50
    /// As long as scripts show one.
    private static let toldFor = Duration.seconds(30)

    /// Keeps a result.
    func add(_ result: ActionResult, at now: Timestamp = .now()) -> String {
        state.withLock { state in
            let key = state.next
            state.next += 1
            state.results[key] = (result, now + Self.toldFor)
            state.results[key - Self.capacity] = nil
            return String(key)
        }
    }

    /// The result with this number, while it is to be told.
    func result(_ key: String, at now: Timestamp = .now()) -> ActionResult? {
        guard let key = Int(key), let (result, end) = state.withLock({ $0.results[key] }), now < end else { return nil }
        return result
    }
}
