import AWS
import AWSResources
import Experiments
import JSON

/// A volume with the instance that has it.
///
/// The original runs the document on a random instance with a name in the code.
struct AttachedVolume: Sendable {
    let id: String
    let device: String
    /// The instance.
    let host: String

    /// One of the volumes with both tags that are attached.
    static func chosen(
        _ invocation: NativeActivity.Invocation
    ) async throws -> (volume: AttachedVolume, candidates: Int) {
        var filters: [JSONValue] = [["Name": "attachment.status", "Values": ["attached"]]]
        for number in ["1", "2"] {
            guard let key = invocation.given("tag_key_\(number)") else { continue }
            filters.append(["Name": key, "Values": [invocation.argument("tag_value_\(number)")]])
        }
        guard filters.count > 1 else {
            throw ExperimentError.failedActivity(
                "there is no tag to choose a volume by: give tag_key_1 and tag_value_1")
        }
        let volumes = try await invocation.client(.ec2).items("DescribeVolumes", ["Filters": .array(filters)])
            .compactMap(AttachedVolume.init)
        guard !volumes.isEmpty else {
            throw ExperimentError.failedActivity(
                "no attached volume in \(try invocation.region()) has the tags: nothing to detach")
        }
        let selection = try Selection(.count(1), of: volumes, by: \.id, seed: invocation.seed)
        return (selection.chosen[0], selection.available)
    }

    @Sendable static func hosts(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        let (volume, candidates) = try await chosen(invocation)
        let host = try await EC2Instances.find(volume.host, invocation.client(.ec2))
        guard let host, host.state == "running" else {
            throw ExperimentError.failedActivity(
                "the instance \(volume.host), which has the volume \(volume.id), does not run")
        }
        return [try host.target(invocation, candidates: candidates)]
    }

    private init?(_ volume: JSONValue) {
        guard let id = volume["VolumeId"]?.stringValue, let attachment = volume["Attachments"]?[0],
            let host = attachment["InstanceId"]?.stringValue, let device = attachment["Device"]?.stringValue
        else { return nil }
        (self.id, self.device, self.host) = (id, device, host)
    }
}
