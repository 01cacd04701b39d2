import AWS

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
