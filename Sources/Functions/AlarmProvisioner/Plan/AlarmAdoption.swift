public import AWS
import AWSResources
public import Basics
import CloudWatchAlarms
import JSON

/// Takes existing alarms over: `tocsin alarms import`.
///
/// It only adds our tag. The next plan then shows how the alarm would be changed, or that no rule asks for it and it
/// would be deleted.
public struct AlarmAdoption: Sendable {
    /// What became of one name.
    public struct Result: Sendable, Hashable {
        /// As it was asked for.
        public let name: String
        /// Nil when the alarm is ours now.
        public let failure: String?
        /// Whether it was ours before.
        public let wasOurs: Bool
    }

    private let scope: AlarmScope
    private let options: AlarmOptions
    private let calls: CloudWatchCalls

    /// An import.
    /// - Parameter aws: with the scope's region and the credentials of its account.
    /// - Throws: `AWSError` when the settings give no endpoint.
    public init(scope: AlarmScope, options: AlarmOptions, aws: AWSConfiguration) throws(AWSError) {
        self.scope = scope
        self.options = options
        calls = CloudWatchCalls(try AWSClient(.cloudWatch, configuration: aws))
    }

    /// Tags the alarms with these names, one after the other.
    ///
    /// An alarm of another owner is refused: two provisioners would overwrite each other's settings.
    /// - Throws: ``ProvisionerError`` `unavailable` when the alarms cannot be listed; nothing was changed then.
    public func adopt(_ names: [String], deadline: Timestamp? = nil) async throws(ProvisionerError) -> [Result] {
        var arns: [String: String] = [:]
        do {
            for names in names.chunks(of: 100) {
                try await calls.describe(["AlarmNames": .array(names.map { .string($0) })], deadline) { page in
                    for json in AlarmType.allCases.flatMap({ page[$0.list]?.arrayValue ?? [] }) {
                        guard let name = json["AlarmName"]?.stringValue else { continue }
                        arns[name] = json["AlarmArn"]?.stringValue ?? arn(name)
                    }
                }
            }
        } catch {
            throw ProvisionerError(.unavailable, "\(scope): the alarms cannot be listed: \(error)", underlying: error)
        }
        let tags = await calls.tags(of: Array(arns.values), deadline)
        var results: [Result] = []
        for name in names {
            guard let arn = arns[name] else {
                let failure = "there is no alarm of this name in \(scope)"
                results.append(Result(name: name, failure: failure, wasOurs: false))
                continue
            }
            results.append(await adopt(name, arn, tags[arn], deadline))
        }
        return results
    }

    private func adopt(
        _ name: String, _ arn: String, _ tags: Swift.Result<[String: String], AWSError>?, _ deadline: Timestamp?
    ) async -> Result {
        let owner: String?
        switch tags {
        case .success(let tags)?:
            owner = tags[AlarmOptions.ownerTag]
            if owner == nil, tags.count >= 50 {
                return Result(name: name, failure: "it has 50 tags already: remove one", wasOurs: false)
            }
        case .failure(let error)?:
            return Result(name: name, failure: "whose it is cannot be read: \(error)", wasOurs: false)
        case nil: return Result(name: name, failure: "its tags were not listed", wasOurs: false)
        }
        guard owner != options.owner else { return Result(name: name, failure: nil, wasOurs: true) }
        if let owner {
            let failure =
                "it belongs to \(owner): remove its tag \(AlarmOptions.ownerTag) first, if it is not needed there"
            return Result(name: name, failure: failure, wasOurs: false)
        }
        let input: JSONValue = [
            "ResourceARN": .string(arn), "Tags": AlarmTags.list([AlarmOptions.ownerTag: options.owner]),
        ]
        do {
            _ = try await calls.client.call("TagResource", input, deadline: deadline)
            return Result(name: name, failure: nil, wasOurs: false)
        } catch let error as AWSError where error.isDenied {
            let failure = "\(error): allow cloudwatch:TagResource"
            return Result(name: name, failure: failure, wasOurs: false)
        } catch {
            return Result(name: name, failure: "\(error)", wasOurs: false)
        }
    }

    private func arn(_ name: String) -> String {
        ARN(service: "cloudwatch", region: scope.region, account: scope.account, resource: "alarm:\(name)").description
    }
}
