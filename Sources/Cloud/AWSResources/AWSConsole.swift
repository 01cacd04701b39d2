import AWS
import Basics

/// Addresses of AWS's web console, for the partition that a region belongs to.
public struct AWSConsole: Sendable {
    private let host: String
    private let healthHost: String
    private let region: String

    /// Nil for a region whose partition has no console that is known here.
    public init?(region: String?) {
        guard let region, !region.isEmpty else { return nil }
        switch AWSPartition.of(region).name {
        case "aws": (host, healthHost) = ("console.aws.amazon.com", "phd.aws.amazon.com")
        case "aws-cn": (host, healthHost) = ("console.amazonaws.cn", "phd.amazonaws.cn")
        case "aws-us-gov": (host, healthHost) = ("console.amazonaws-us-gov.com", "phd.amazonaws-us-gov.com")
        default: return nil
        }
        self.region = percentEncoded(region)
    }

    /// A page of a service, such as `ec2/home`, with what follows `#`.
    public func page(_ path: String, _ fragment: String) -> String {
        "https://\(host)/\(path)?region=\(region)#\(fragment)"
    }

    /// A CloudWatch alarm by name.
    public func alarm(_ name: String) -> String { page("cloudwatch/home", "alarmsV2:alarm/" + percentEncoded(name)) }

    /// A Synthetics canary by name.
    public func canary(_ name: String) -> String {
        page("cloudwatch/home", "synthetics:canary/detail/" + percentEncoded(name))
    }

    /// A log group by name.
    public func logGroup(_ name: String) -> String {
        // The console escapes twice and writes `$` for `%`.
        let escaped = percentEncoded(percentEncoded(name)).map { $0 == "%" ? "$" : String($0) }.joined()
        return page("cloudwatch/home", "logsV2:log-groups/log-group/" + escaped)
    }

    /// An EC2 instance by id.
    public func instance(_ id: String) -> String {
        page("ec2/home", "InstanceDetails:instanceId=" + percentEncoded(id))
    }

    /// An EBS volume by id.
    public func volume(_ id: String) -> String { page("ec2/home", "VolumeDetails:volumeId=" + percentEncoded(id)) }

    /// The activity of an Auto Scaling group, by name.
    public func autoScalingGroup(_ name: String) -> String {
        page("ec2/home", "AutoScalingGroupDetails:id=\(percentEncoded(name));view=activity")
    }

    /// An ECS service by name and the name of its cluster.
    public func service(_ name: String, cluster: String) -> String {
        "https://\(host)/ecs/v2/clusters/\(percentEncoded(cluster))/services/\(percentEncoded(name))?region=\(region)"
    }

    /// An ECS task by id and the name of its cluster.
    public func task(_ id: String, cluster: String) -> String {
        "https://\(host)/ecs/v2/clusters/\(percentEncoded(cluster))/tasks/\(percentEncoded(id))?region=\(region)"
    }

    /// A GuardDuty finding by id.
    public func finding(guardDuty id: String) -> String {
        page("guardduty/home", "/findings?search=id%3D" + percentEncoded(id))
    }

    /// A Security Hub finding by id.
    public func finding(securityHub id: String) -> String {
        page("securityhub/home", "/findings?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A" + percentEncoded(id))
    }

    /// An AWS Health event by ARN.
    public func healthEvent(_ arn: String) -> String {
        "https://\(healthHost)/phd/home#/event-log?eventID=\(percentEncoded(arn))&eventTab=details"
    }

    /// A CodePipeline pipeline by name.
    public func pipeline(_ name: String) -> String {
        "https://\(host)/codesuite/codepipeline/pipelines/\(percentEncoded(name))/view?region=\(region)"
    }

    /// A job of AWS Backup by id; its kind is `backup` or `restore`.
    public func backupJob(_ id: String, kind: String) -> String {
        page("backup/home", "/jobs/\(kind)/details/" + percentEncoded(id))
    }

    /// The account's budgets, which have no region.
    public var budgets: String { "https://\(host)/billing/home#/budgets" }
}
