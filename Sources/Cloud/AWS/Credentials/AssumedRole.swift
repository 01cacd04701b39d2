import Basics

extension AWSConfiguration {
    /// The same settings with the credentials of a role, such as one in another account.
    ///
    /// Nothing is sent before the first call. The credentials are kept until shortly before they expire, so make one
    /// configuration for each role and change its ``region`` where several regions are called.
    /// - Parameters:
    ///   - roleARN: the role, assumed with the credentials that are here now, in STS of this region.
    ///   - sessionName: what CloudTrail shows; nil for `tocsin-` and the time.
    ///   - externalID: what the role's trust policy asks for (`sts:ExternalId`).
    ///   - executor: where credentials are refreshed.
    public func assuming(
        _ roleARN: String, sessionName: String? = nil, externalID: String? = nil,
        executor: (any TaskExecutor)? = nil
    ) -> AWSConfiguration {
        let fetcher = CredentialFetcher(http: http, region: region, settings: settings, time: time)
        let caller = credentials
        var result = self
        result.credentials = CachedCredentials(time: time, executor: executor) {
            try await fetcher.assume(
                .init(roleARN: roleARN, sessionName: sessionName, externalID: externalID), as: caller)
        }
        return result
    }
}
