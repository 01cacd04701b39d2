import Basics
import DurableExecution
import JSON

/// The controls of a run: what is done before and after its parts.
public struct Controls: Sendable {
    /// The parts of a run that controls surround.
    public enum Level: String, Sendable {
        case experiment, hypothesis, method, rollback, activity
    }

    /// No controls.
    public init() {}

    /// Applies the controls before an activity, inside of its step.
    /// - Returns: the output that takes the place of the activity's; nil when the activity is to run.
    func before(_ level: Level, _ activity: Activity, _ context: RunContext) async throws -> JSONValue? { nil }

    /// Applies the controls after an activity, inside of its step.
    func after(_ level: Level, _ activity: Activity, _ state: JSONValue, _ context: RunContext) async throws {}

    /// Applies the controls before a part of the run.
    func before(_ level: Level, _ declaration: JSONObject, _ context: RunContext, _ scope: DurableScope) async throws {}

    /// Applies the controls after a part of the run.
    func after(
        _ level: Level, _ declaration: JSONObject, _ state: JSONValue, _ context: RunContext, _ scope: DurableScope
    ) async throws {}
}
