import AWS
import Basics
import Experiments
import JSON
import Kubernetes

/// A failed AWS call, told as boto3 tells it, so that journals of both can be compared.
struct AWSFailure: Error {
    /// The error of the call.
    let error: AWSError
    private let isInModel: Bool

    init(_ error: AWSError, isInModel: Bool) {
        self.error = error
        self.isInModel = isInModel
    }

    /// The service's error code.
    var code: String { error.code }
    /// The service's own message.
    var message: String { error.message }

    /// `str(error)` of boto3's exception.
    var text: String {
        switch error.localCode {
        case nil: return serviceText(error)
        case .invalidParameter: return "Parameter validation failed:\n\(error.message)"
        case .noCredentials: return "Unable to locate credentials (\(error.message))"
        case .credentialsFailed:
            guard let cause = error.underlying as? AWSError, cause.localCode == nil else { return "\(error)" }
            return serviceText(cause)
        case .transport, .invalidConfiguration, .invalidResponse: return "\(error)"
        }
    }

    /// The class of boto3's exception.
    var pythonType: String {
        switch error.localCode {
        case nil: isInModel ? "botocore.errorfactory.\(className)" : "botocore.exceptions.ClientError"
        case .invalidParameter: "botocore.exceptions.ParamValidationError"
        case .noCredentials: "botocore.exceptions.NoCredentialsError"
        case .credentialsFailed: "botocore.exceptions.ClientError"
        case .transport: "botocore.exceptions.HTTPClientError"
        case .invalidConfiguration, .invalidResponse: "botocore.exceptions.BotoCoreError"
        }
    }

    /// The name of the exception's shape.
    ///
    /// These services leave its end out of their codes.
    private var className: String {
        let end: String? =
            switch error.service {
            case "elbv2", "iam", "sns", "sts": "Exception"
            case "autoscaling", "elasticache", "rds": "Fault"
            default: nil
            }
        guard let end, !["Exception", "Fault", "Error"].contains(where: error.code.hasSuffix) else { return error.code }
        return error.code + end
    }

    private func serviceText(_ error: AWSError) -> String {
        let isLast = error.attempt > 1 && error.attempt == error.maximumAttempts
        let retries = isLast ? " (reached max retries: \(error.attempt - 1))" : ""
        return "An error occurred (\(error.code)) when calling the \(error.operation) operation\(retries): "
            + error.message
    }
}

extension ExperimentError {
    /// An exception of Python that ends an activity.
    ///
    /// - Parameter type: the class as tracebacks show it: `KeyError`.
    init(python type: String, _ message: String) { self.init(.activityFailed, "\(type): \(message)") }

    /// What chaosaws raises itself; it writes `FailedActivity`, which is another name of the same class.
    static func failedActivity(_ message: String) -> ExperimentError {
        ExperimentError(python: "chaoslib.exceptions.ActivityFailed", message)
    }
}

extension NativeActivity {
    /// An activity on AWS.
    ///
    /// Whatever one of its parts throws becomes an `ExperimentError` whose message is the one that Chaos Toolkit would
    /// write to its journal.
    static func aws(
        _ module: String, _ function: String, _ kind: Activity.Kind, _ summary: String, arguments: [Argument] = [],
        calls: [Call] = [], callsOfArguments: (@Sendable (JSONObject) -> [Call])? = nil, choice: String = "",
        aliases: [String] = [], targets: @escaping @Sendable (Invocation) async throws -> [Target] = { _ in [] },
        undo: Undo? = nil, run: @escaping @Sendable (Invocation, [Target]) async throws -> JSONValue
    ) -> NativeActivity {
        let undo = undo.map { undo in
            Undo(
                undo.summary, calls: undo.calls, isWanted: undo.isWanted, isBeforeSecret: undo.isBeforeSecret,
                capture: { invocation, target in try await telling { try await undo.capture(invocation, target) } },
                check: { invocation, target, before in
                    try await telling { try await undo.check(invocation, target, before) }
                },
                restore: { invocation, target, before in
                    try await telling { try await undo.restore(invocation, target, before) }
                })
        }
        return NativeActivity(
            module, function, kind, summary, arguments: arguments, calls: calls, callsOfArguments: callsOfArguments,
            choice: choice, aliases: aliases,
            targets: { invocation in
                if kind == .action { try invocation.refuseEmptyArguments(arguments) }
                return try await telling { try await targets(invocation) }
            }, undo: undo,
            run: { invocation, targets in try await telling { try await run(invocation, targets) } })
    }

    private static func telling<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as AWSFailure {
            let text = "\(error.pythonType): \(error.text)"
            throw ExperimentError(.activityFailed, String(text.trimmingWhitespace), underlying: error.error)
        } catch let error as AWSError {
            throw ExperimentError(.activityFailed, "\(error)", underlying: error)
        } catch let error as KubernetesError {
            throw error.raised
        } catch let error where !(error is ExperimentError || error is CancellationError) {
            throw ExperimentError(.activityFailed, "\(error)", underlying: error)
        }
    }
}

/// The target of an action that hits one.
///
/// - Throws: when there is none, so that an action does not fall back on what it would find itself.
@discardableResult
func firstTarget(of targets: [NativeActivity.Target]) throws(ExperimentError) -> NativeActivity.Target {
    guard let first = targets.first else { throw .failedActivity("there is no target to act on") }
    return first
}

/// Runs a change on one target after the other.
///
/// - Parameter verb: what was done to those before: `stopped`.
/// - Throws: the first error; it also names the targets that were changed before it, whose results are lost.
func forEachInTurn<Element, R>(
    _ elements: [Element], _ verb: String, name: (Element) -> String, _ body: (Element) async throws -> R
) async throws -> [R] {
    var results: [R] = []
    for (index, element) in elements.enumerated() {
        do { results.append(try await body(element)) } catch let error as AWSFailure where index > 0 {
            var cause = error
            let done = elements.prefix(index).map(name).joined(separator: ", ")
            cause.note("; already \(verb): \(done)")
            throw cause
        }
    }
    return results
}

extension AWSFailure {
    /// Adds to the message.
    mutating func note(_ text: String) {
        var error = error
        error.message += text
        self = AWSFailure(error, isInModel: isInModel)
    }
}
