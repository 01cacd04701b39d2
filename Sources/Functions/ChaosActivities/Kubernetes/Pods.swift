import Basics
import Experiments
import JSON
import Kubernetes

/// What the actions of `chaosk8s.pod` do.
enum Pods {
    /// The pods that `label_selector`, `name_pattern`, `mode`, `qty` and so on name.
    @Sendable static func chosen(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try await ObjectChoice("pods", invocation).targets(.pods)
    }

    /// The first pod whose name matches `name`.
    @Sendable static func firstNamed(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try await chosen(invocation.with(["name_pattern": invocation.argument("name"), "qty": 1]))
    }

    @Sendable static func terminate(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let seconds = invocation.argument("grace_period").intValue ?? -1
        try await invocation.delete(
            targets, options: KubernetesDeleteOptions(gracePeriodSeconds: seconds < 0 ? nil : Int(seconds)))
        return JSONValue(texts: targets.map(\.objectName))
    }

    // MARK: Commands

    /// The chosen pods that have the container.
    ///
    /// chaosk8s takes no pod at all when no container is named; here it is the pod's only or first one.
    @Sendable static func commanded(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard invocation.given("cmd") != nil else {
            throw ExperimentError.failedActivity("A command must be set to run a container")
        }
        let chosen = try await chosen(invocation)
        guard let container = invocation.given("container_name")?.stringValue, !chosen.isEmpty else { return chosen }
        let pods = try await invocation.objects(
            .pods, labels: invocation.given("label_selector")?.stringValue)
        let having = pods.filter { pod in
            (pod["spec"]?["containers"]?.elements ?? []).contains { $0["name"]?.stringValue == container }
        }.map(\.objectName)
        return chosen.filter { having.contains($0.objectName) }
    }

    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let given = invocation.argument("cmd")
        guard let command = given.stringValue.map(shellWords) ?? given.elements.map(\.pythonText) else {
            throw ExperimentError(python: "ValueError", "No closing quotation in cmd")
        }
        let timeout = try invocation.seconds("request_timeout", default: 60)
        let container = invocation.given("container_name")?.stringValue
        let cluster = try await invocation.cluster()
        var results: [JSONValue] = []
        for target in targets {
            let end = min(invocation.deadline, invocation.time.now() + timeout)
            let ending: (code: JSONValue, output: [UInt8], errors: String)
            do {
                let result = try await cluster.exec(
                    command, in: target.objectName, target.objectNamespace,
                    options: PodExecOptions(container: container), until: end)
                let errors = String(decoding: result.errors, as: UTF8.self)
                ending =
                    result.exitCode == 0
                    ? (0, result.output, errors)
                    : (
                        .string("\(result.exitCode)"), result.output,
                        errors.isEmpty ? "command terminated with non-zero exit code" : errors
                    )
            } catch let error as KubernetesError where error.code == .timedOut && end < invocation.deadline {
                ending = (1, [], "the command has not ended within \(timeout.text)")
            }
            results.append([
                "pod_name": .string(target.objectName), "exit_code": ending.code, "cmd": given,
                "stdout": .string(String(decoding: ending.output, as: UTF8.self)), "stderr": .string(ending.errors),
            ])
        }
        return .array(results)
    }
}
