/// What the permissions of CloudWatch can be limited to.
extension PolicyResources {
    private static let alarm = Kind(targets: ["cloudwatch:alarm"], service: "cloudwatch") { "alarm:\($0)" }

    static let cloudWatch: [String: [Kind]] = ["cloudwatch:DescribeAlarms": [alarm]]
}
