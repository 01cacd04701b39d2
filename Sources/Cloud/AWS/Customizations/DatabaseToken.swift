import Basics
import Transport

extension AWSClient {
    /// A password for a user of an RDS database with IAM authentication, valid for 15 minutes to connect with:
    /// boto3's `generate_db_auth_token`.
    ///
    /// Nothing is sent. The client's service does not matter; its credentials and region do.
    /// - Parameters:
    ///   - host: the database's endpoint, as `DescribeDBInstances` tells it.
    ///   - region: the database's region; the client's by default.
    /// - Throws: `AWSError` when there are no credentials.
    public func databaseToken(host: String, port: Int, user: String, region: String? = nil) async throws -> String {
        let scheme = "https://"
        let request = HTTPRequest("GET", "\(scheme)\(host):\(port)/?Action=connect&DBUser=\(percentEncoded(user))")
        let url = RequestSigner(service: "rds-db").presignedURL(
            request, with: try await configuration.credentials.credentials(), region: region ?? configuration.region,
            at: serviceTime, expires: 900
        )
        return String(url.dropFirst(scheme.count))
    }
}
