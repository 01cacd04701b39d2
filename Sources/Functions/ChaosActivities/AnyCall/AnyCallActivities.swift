import AWS
import Experiments
import JSON

/// Any operation of AWS as an action or a probe.
extension ChaosActivities {
    static var awsCalls: [NativeActivity] {
        [
            .aws(
                "tocsin.aws.actions", "call", .action,
                "Calls any operation of AWS; another call given as undo takes it back.",
                arguments: arguments + [.init("before", .object, .null), .init("undo", .object, .null)],
                callsOfArguments: { AnyCall.calls(of: $0) },
                choice: "the resources that are named, else the call itself", aliases: ["tocsin.aws.call"],
                targets: AnyCall.targets, undo: AnyCall.undo, run: AnyCall.run),
            .aws(
                "tocsin.aws.probes", "call", .probe, "Calls any operation of AWS that only reads.",
                arguments: arguments, callsOfArguments: { AnyCall.calls(of: $0) },
                targets: { invocation in
                    let call = try AWSCallRequest(of: invocation.arguments)
                    guard call.effect == .reads else {
                        throw ExperimentError.failedActivity(
                            "a probe only reads, and \(call.name) may change something: make it an action")
                    }
                    return []
                }, run: AnyCall.run),
        ]
    }

    private static var arguments: [NativeActivity.Argument] {
        [
            .init("service", .text), .init("operation", .text), .init("parameters", .object, [:]),
            .init("jmespath", .text, .null), .init("jsonpath", .text, .null), .init("pages", .flag, false),
            .init("resources", .list, .null),
        ]
    }
}
