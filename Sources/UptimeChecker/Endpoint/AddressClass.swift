/// Addresses that checks do not connect to unless the configuration's `allow` names their class.
enum AddressClass: String, Sendable, CaseIterable {
    /// 169.254.0.0/16 and fe80::/10.
    case linkLocal = "link-local"
    /// The metadata and credential services of clouds, such as 169.254.169.254, fd00:ec2::254 and 100.100.100.200.
    case metadata
}
