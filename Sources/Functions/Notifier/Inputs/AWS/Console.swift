import AWS
import Basics

/// An Amazon Resource Name: `arn:<partition>:<service>:<region>:<account>:<resource>`.
struct ARN: Sendable, Hashable {
    let partition: String
    let service: String
    /// Nil for resources of no region.
    let region: String?
    /// Nil for resources of no account.
    let account: String?
    /// Everything after the account, such as `alarm:cpu: high`.
    let resource: String

    /// Nil when the text is no ARN.
    init?(_ text: String?) {
        guard let text, text.hasPrefix("arn:") else { return nil }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 6, !parts[1].isEmpty else { return nil }
        partition = parts[1]
        service = parts[2]
        region = parts[3].isEmpty ? nil : parts[3]
        account = parts[4].isEmpty ? nil : parts[4]
        resource = parts[5]
    }

    /// The resource without its kind: `alarm:cpu` and `task/cluster/1234` are `cpu` and `cluster/1234`.
    var name: String {
        guard let end = resource.firstIndex(where: { $0 == ":" || $0 == "/" }) else { return resource }
        return String(resource[resource.index(after: end)...])
    }

    /// What follows the last slash of a text, or the text itself: the short name of most resources.
    static func lastPart(_ text: String?) -> String? {
        text?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map { String($0) }
    }
}

/// AWS's names of its regions, as botocore has them.
enum AWSRegion {
    /// For the end of a title: `eu-central-1` is ` in Europe (Frankfurt)`; a region without a known name keeps its id.
    static func place(_ id: String?) -> String { id.map { " in " + (names[$0] ?? $0) } ?? "" }

    private static let names: [String: String] = [
        "af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)",
        "ap-east-2": "Asia Pacific (Taipei)", "ap-northeast-1": "Asia Pacific (Tokyo)",
        "ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)",
        "ap-south-1": "Asia Pacific (Mumbai)", "ap-south-2": "Asia Pacific (Hyderabad)",
        "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
        "ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)",
        "ap-southeast-5": "Asia Pacific (Malaysia)", "ap-southeast-6": "Asia Pacific (New Zealand)",
        "ap-southeast-7": "Asia Pacific (Thailand)", "ca-central-1": "Canada (Central)",
        "ca-west-1": "Canada West (Calgary)", "cn-north-1": "China (Beijing)", "cn-northwest-1": "China (Ningxia)",
        "eu-central-1": "Europe (Frankfurt)", "eu-central-2": "Europe (Zurich)", "eu-north-1": "Europe (Stockholm)",
        "eu-south-1": "Europe (Milan)", "eu-south-2": "Europe (Spain)", "eu-west-1": "Europe (Ireland)",
        "eu-west-2": "Europe (London)", "eu-west-3": "Europe (Paris)",
        "eusc-de-east-1": "AWS European Sovereign Cloud (Germany)", "il-central-1": "Israel (Tel Aviv)",
        "me-central-1": "Middle East (UAE)", "me-south-1": "Middle East (Bahrain)", "mx-central-1": "Mexico (Central)",
        "sa-east-1": "South America (Sao Paulo)", "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)",
        "us-gov-east-1": "AWS GovCloud (US-East)", "us-gov-west-1": "AWS GovCloud (US-West)",
        "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
    ]
}

/// Addresses of AWS's web console, for the partition that a region belongs to.
struct Console: Sendable {
    private let host: String
    private let region: String
    private let healthHost: String

    /// Nil for a region without a public console.
    init?(region: String?) {
        guard let region, !region.isEmpty else { return nil }
        self.region = percentEncoded(region)
        if region.hasPrefix("cn-") {
            (host, healthHost) = ("console.amazonaws.cn", "phd.amazonaws.cn")
        } else if region.hasPrefix("us-gov-") {
            (host, healthHost) = ("console.amazonaws-us-gov.com", "phd.amazonaws-us-gov.com")
        } else if region.hasPrefix("us-iso") || region.hasPrefix("eu-iso") || region.hasPrefix("eusc-") {
            return nil
        } else {
            (host, healthHost) = ("console.aws.amazon.com", "phd.aws.amazon.com")
        }
    }

    /// A page of a service, such as `ec2/home`, with what follows `#`.
    func page(_ path: String, _ fragment: String) -> String { "https://\(host)/\(path)?region=\(region)#\(fragment)" }

    func alarm(_ name: String) -> String { page("cloudwatch/home", "alarmsV2:alarm/" + percentEncoded(name)) }

    func canary(_ name: String) -> String {
        page("cloudwatch/home", "synthetics:canary/detail/" + percentEncoded(name))
    }

    func logGroup(_ name: String) -> String {
        // The console escapes twice and writes `$` for `%`.
        let escaped = percentEncoded(percentEncoded(name)).map { $0 == "%" ? "$" : String($0) }.joined()
        return page("cloudwatch/home", "logsV2:log-groups/log-group/" + escaped)
    }

    func instance(_ id: String) -> String { page("ec2/home", "InstanceDetails:instanceId=" + percentEncoded(id)) }

    func volume(_ id: String) -> String { page("ec2/home", "VolumeDetails:volumeId=" + percentEncoded(id)) }

    func autoScalingGroup(_ name: String) -> String {
        page("ec2/home", "AutoScalingGroupDetails:id=\(percentEncoded(name));view=activity")
    }

    func service(_ name: String, cluster: String) -> String {
        "https://\(host)/ecs/v2/clusters/\(percentEncoded(cluster))/services/\(percentEncoded(name))?region=\(region)"
    }

    func task(_ id: String, cluster: String) -> String {
        "https://\(host)/ecs/v2/clusters/\(percentEncoded(cluster))/tasks/\(percentEncoded(id))?region=\(region)"
    }

    func finding(guardDuty id: String) -> String {
        page("guardduty/home", "/findings?search=id%3D" + percentEncoded(id))
    }

    func finding(securityHub id: String) -> String {
        page("securityhub/home", "/findings?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A" + percentEncoded(id))
    }

    func healthEvent(_ arn: String) -> String {
        "https://\(healthHost)/phd/home#/event-log?eventID=\(percentEncoded(arn))&eventTab=details"
    }

    func pipeline(_ name: String) -> String {
        "https://\(host)/codesuite/codepipeline/pipelines/\(percentEncoded(name))/view?region=\(region)"
    }

    func backupJob(_ id: String, kind: String) -> String {
        page("backup/home", "/jobs/\(kind)/details/" + percentEncoded(id))
    }

    var budgets: String { "https://\(host)/billing/home#/budgets" }
}
