public import Basics
public import Transport

extension AWSConfiguration {
    /// A URL that calls STS's `GetCallerIdentity` for whoever has it: what EKS takes as a proof of identity.
    /// - Parameters:
    ///   - headers: signed, so that the caller of the URL has to send the same.
    ///   - expires: whole seconds.
    /// - Returns: the URL, and when the credentials that it is signed with expire.
    public func presignedCallerIdentity(
        headers: HTTPHeaders, expires: Duration
    ) async throws -> (url: String, credentialsExpire: Timestamp?) {
        let model = try AWSService.sts.model()
        let resolver = try EndpointResolver(model.metadata, region: region, settings: settings)
        let endpoint = try resolver.endpoint(bucket: nil)
        let query = "/?Action=GetCallerIdentity&Version=2011-06-15"
        let request = HTTPRequest(
            "GET", endpoint.url(target: query, bucket: nil, hostPrefix: ""), headers: headers)
        let credentials = try await self.credentials.credentials()
        let url = RequestSigner(service: model.metadata.signingName).presignedURL(
            request, with: credentials, region: endpoint.signingRegion, at: time.now(),
            expires: Int(expires.components.seconds))
        return (url, credentials.expiration)
    }
}
