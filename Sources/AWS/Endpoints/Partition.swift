/// A group of regions with names, accounts and credentials of its own.
///
/// Source: botocore's partitions.json.
struct Partition: Sendable {
    /// As in `aws` and `aws-cn`.
    let name: String
    /// `amazonaws.com` and the like.
    let dnsSuffix: String
    /// The suffix of endpoints that also answer over IPv6.
    let dualStackDNSSuffix: String

    /// The partition of a region, also of one that is younger than this table.
    static func of(_ region: String) -> Partition {
        others.first { region.hasPrefix($0.prefix) }?.partition ?? aws
    }

    private static let aws = Partition(name: "aws", dnsSuffix: "amazonaws.com", dualStackDNSSuffix: "api.aws")

    private static let others: [(prefix: String, partition: Partition)] = [
        ("cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"),
        ("us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
        ("us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    ].map { ($0.0, Partition(name: $0.1, dnsSuffix: $0.2, dualStackDNSSuffix: $0.3)) }
}
