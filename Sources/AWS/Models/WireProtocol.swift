/// The five ways in which AWS services speak over HTTP.
///
/// Source: the Smithy specification's AWS protocols (<https://smithy.io/2.0/aws/protocols/index.html>), and botocore
/// where the two differ.
public enum WireProtocol: String, Sendable {
    /// Form-encoded parameters in, XML out (SNS, STS).
    case query
    /// EC2's variant of `query`.
    case ec2
    /// JSON both ways, the operation in `X-Amz-Target` (CloudWatch, SQS, SSM, KMS).
    case json
    /// Path, query, headers and a JSON body (Lambda).
    case restJSON = "rest-json"
    /// Path, query, headers and an XML body (S3).
    case restXML = "rest-xml"
}
