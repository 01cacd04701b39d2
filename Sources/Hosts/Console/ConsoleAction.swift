public import Basics
internal import JSON

/// What a form of the page asks for.
struct ConsoleAction: Sendable {
    /// What has become of it.
    enum Outcome {
        case done(String)
        /// The experiment's plan is not the one that was read.
        case planHasChanged(experiment: String)
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
            let id = try field("experiment", form)
            let plan = try await actions.plan(experiment: id)
            guard planDigest(plan) == form["plan"] else { return .planHasChanged(experiment: id) }
            return .done(try await actions.run(experiment: id))
        },
    ]

    /// Seconds of the longest silence: a week.
    private static let maximumSilence: Int64 = 7 * 86_400

    /// Tells whether a plan is the one that was read.
    static func planDigest(_ plan: String) -> String { Digest.sha256Hex(plan) }

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
}

/// Why a form was not carried out.
public typealias ConsoleError = CodedError<ConsoleErrorCode>

/// What a form has led to, for the page that is shown next.
struct ActionResult: Sendable {
    /// `good`, `warn` or `bad`.
    var tone: String
    var text: String

    var json: JSONValue { ["tone": .string(tone), "text": .string(text)] }
}

/// The newest results, by the number in the address of the page that shows them.
final class ActionResults: Sendable {
    private struct State {
        var results: [Int: ActionResult] = [:]
        var next = 1
    }

    private let state = Locked(State())
    private static let capacity = 50

    /// Keeps a result.
    func add(_ result: ActionResult) -> String {
        state.withLock { state in
            let key = state.next
            state.next += 1
            state.results[key] = result
            state.results[key - Self.capacity] = nil
            return String(key)
        }
    }

    subscript(key: String) -> ActionResult? { Int(key).flatMap { key in state.withLock { $0.results[key] } } }
}
