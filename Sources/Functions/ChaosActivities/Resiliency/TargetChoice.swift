import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Which instances an activity of resiliencyvr hits: `get_test_instance_ids` of the original, mended.
///
/// Only running instances are chosen, from all pages and of the region of the invocation; finding none is an error.
enum TargetChoice {
    /// The arguments by which every such function begins, in the order of the originals.
    static let arguments: [NativeActivity.Argument] = [
        .init("targets", .list, .null), .init("test_target_type", .text, "RANDOM"), .init("tag_key", .text, .null),
        .init("tag_value", .text, .null), .init("region", .text, .null),
    ]
    /// What the originals do not have: how many are hit by `RANDOM`.
    ///
    /// They come after a function's own arguments.
    static let quantityArguments: [NativeActivity.Argument] = [
        .init("target_count", .integer, .null), .init("target_percent", .number, .null),
    ]
    static let calls: [NativeActivity.Call] = [.read("ec2:DescribeInstances")]
    static let choice =
        "running instances with the tag: one at random, target_count or target_percent of them, or ALL; or the targets "
        + "of a NAMED_LIST"

    /// The instances that are hit.
    @Sendable static func hosts(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        let quantity = try quantity(invocation)
        guard let quantity else { return try await named(invocation) }
        guard let value = invocation.given("tag_value")?.stringValue else {
            throw ExperimentError.failedActivity(
                "there is no tag_value to choose instances by: give it, or targets with test_target_type NAMED_LIST")
        }
        let key = invocation.given("tag_key")?.stringValue ?? "tag:Name"
        let filters: JSONValue = [
            ["Name": .string(key), "Values": [.string(value)]],
            ["Name": "instance-state-name", "Values": ["running"]],
        ]
        let instances = try await invocation.client(.ec2).items("DescribeInstances", ["Filters": filters])
            .flatMap(EC2Instance.all(in:))
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity(
                "no running instance in \(try invocation.region()) has \(key) = \(value): nothing to hit")
        }
        let selection = try Selection(quantity, of: instances, by: \.id, seed: invocation.seed)
        guard selection.missing == 0 else {
            throw ExperimentError.failedActivity(
                "target_count is \(selection.wanted), but only \(counted(selection.available, "running instance")) "
                    + "have \(key) = \(value)")
        }
        return try selection.chosen.map { try $0.target(invocation, candidates: selection.available) }
    }

    /// How many are chosen by tag; nil for a list of names.
    private static func quantity(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> Quantity? {
        let (count, percent) = (invocation.given("target_count"), invocation.given("target_percent"))
        let type = invocation.given("test_target_type")?.stringValue ?? "RANDOM"
        guard type == "RANDOM" || (count == nil && percent == nil) else {
            throw .failedActivity("target_count and target_percent are for test_target_type RANDOM, not for \(type)")
        }
        switch (type, count, percent) {
        case ("ALL", _, _): return .all
        case ("NAMED_LIST", _, _): return nil
        case ("RANDOM", nil, nil): return .count(1)
        case ("RANDOM", .some(let count), nil):
            guard let count = count.intValue, count > 0 else {
                throw .failedActivity("target_count is \(count.pythonText), expected a number from 1")
            }
            return .count(Int(clamping: count))
        case ("RANDOM", nil, .some(let percent)):
            guard let percent = percent.doubleValue, percent > 0, percent <= 100 else {
                throw .failedActivity("target_percent is \(percent.pythonText), expected more than 0 up to 100")
            }
            return .percent(percent)
        case ("RANDOM", _, _): throw .failedActivity("give target_count or target_percent, not both")
        default: throw .failedActivity("test_target_type is \"\(type)\", expected RANDOM, ALL or NAMED_LIST")
        }
    }

    /// The instances that `targets` names, which must all run.
    private static func named(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let ids = invocation.given("targets")?.elements, !ids.isEmpty else {
            throw ExperimentError.failedActivity(
                "test_target_type is NAMED_LIST, but targets names no instance: give their ids")
        }
        let instances = try await EC2Instances.describe(ids, invocation.client(.ec2))
        let idle = instances.filter { $0.state != "running" }.map { "\($0.id) is \($0.state)" }
        guard idle.isEmpty else {
            throw ExperimentError.failedActivity("only running instances can be hit: \(idle.joined(separator: ", "))")
        }
        return try instances.map { try $0.target(invocation, candidates: instances.count) }
    }
}

extension NativeActivity.Invocation {
    /// The same in the region that its argument `region` names; without one, in the region of the configuration.
    ///
    /// The originals have `us-east-1` in the place of both.
    var inItsRegion: NativeActivity.Invocation {
        guard let region = given("region") else { return self }
        var configuration = configuration
        configuration["aws_region"] = region
        return NativeActivity.Invocation(
            arguments: arguments, configuration: configuration, secrets: secrets, aws: aws, loop: loop, time: time,
            deadline: deadline, seed: seed)
    }
}
