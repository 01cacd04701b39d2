import AWS
import Basics
import Experiments
import JSON

/// Keeps Tocsin from cutting itself off: then nothing could put the zone back.
enum OwnPlace {
    static let reads: [NativeActivity.Call] = [
        .read("sts:GetCallerIdentity"), .read("lambda:GetFunctionConfiguration"),
    ]

    /// Refuses the account whose credentials Tocsin has itself, unless `allow_own_account` is set.
    static func refuseOwnAccount(_ invocation: NativeActivity.Invocation) async throws {
        guard invocation.given("allow_own_account") == nil else { return }
        let own = try await invocation.ofItself.client(.sts).call("GetCallerIdentity")["Account"]
        let other = try await invocation.client(.sts).call("GetCallerIdentity")["Account"]
        guard let own, let other, own != other else {
            throw ExperimentError.failedActivity(
                "this would fail a zone of the account \((own ?? other ?? "?").pythonText), to which Tocsin's own "
                    + "credentials belong: set aws_assume_role_arn for another account, or allow_own_account: true")
        }
    }

    /// Refuses the subnets of the Lambda function that runs Tocsin, unless `allow_own_subnets` is set.
    static func refuseOwnSubnets(_ subnets: [String], _ invocation: NativeActivity.Invocation) async throws {
        guard invocation.given("allow_own_subnets") == nil else { return }
        guard let name = invocation.aws.settings.environment["AWS_LAMBDA_FUNCTION_NAME"], !name.isEmpty else { return }
        let function: JSONValue
        do {
            function = try await invocation.ofItself.client(.lambda)
                .call("GetFunctionConfiguration", ["FunctionName": .string(name)])
        } catch let error as AWSFailure {
            throw ExperimentError.failedActivity(
                "the subnets of the function \(name), which runs this, cannot be read (\(error.code)): allow "
                    + "lambda:GetFunctionConfiguration, or set allow_own_subnets: true")
        }
        let own = (function["VpcConfig"]?["SubnetIds"]?.texts ?? []).filter(subnets.contains)
        guard own.isEmpty else {
            throw ExperimentError.failedActivity(
                "the function \(name), which runs this, is in \(own.joined(separator: ", ")): it would cut itself off. "
                    + "Take it out of the zone, or set allow_own_subnets: true")
        }
    }
}

extension NativeActivity.Invocation {
    /// The same with the credentials of the process: without role, profile and keys of the experiment.
    fileprivate var ofItself: NativeActivity.Invocation {
        var own: JSONObject = [:]
        // Lambda tells the region of the function, which the experiment's may differ from.
        own["aws_region"] = aws.settings.environment["AWS_REGION"].map(JSONValue.string) ?? configuration["aws_region"]
        return NativeActivity.Invocation(
            arguments: arguments, configuration: own, secrets: [:], aws: aws, loop: loop, time: time,
            deadline: deadline, seed: seed)
    }
}
