import Basics
import FunctionRuntime
import Testing
import Transport

@testable import AlibabaCloud

/// The signature of requests; `CloudMonitorOutputTests` holds it against the code of Alibaba Cloud's own SDK.
@Suite struct SignatureTests {
    /// The example of the documentation's page on the signature.
    @Test func theSignatureIsTheDocumentedOne() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let headers = [
            ("host", "ecs.cn-shanghai.aliyuncs.com"), ("x-acs-action", "RunInstances"),
            ("x-acs-content-sha256", empty), ("x-acs-date", "2023-10-26T10:22:32Z"),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"), ("x-acs-version", "2014-05-26"),
        ]
        let authorization = ACS3Signature.authorization(
            "POST", "/", query: "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
            headers, bodyHash: empty,
            PlatformCredentials(
                accessKeyID: "YourAccessKeyId", accessKeySecret: "YourAccessKeySecret", securityToken: nil)
        )
        #expect(
            authorization == """
                ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
                x-acs-date;x-acs-signature-nonce;x-acs-version,\
                Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0
                """)
    }

    @Test func aCallIsSignedAsItIsSent() throws {
        var call = AlibabaCloudCall("PutCustomMetric", version: "2019-01-01")
        call.query = [("b.10", "x y"), ("b.1", "{\"k\":\"ü~*\"}"), ("a", "")]
        call.headers = [("x-other", "1")]
        let endpoint = try #require(AlibabaCloudEndpoint("https://metrics.cn-hangzhou.aliyuncs.com/"))
        let credentials = PlatformCredentials(accessKeyID: "id", accessKeySecret: "secret", securityToken: "token")
        let request = call.request(
            to: endpoint, credentials, at: Timestamp(secondsSinceEpoch: 1_795_232_520.0), nonce: "n",
            timeout: .seconds(4))
        let query = "a=&b.1=%7B%22k%22%3A%22%C3%BC~%2A%22%7D&b.10=x%20y"
        #expect(request.url == "https://metrics.cn-hangzhou.aliyuncs.com/?" + query)
        #expect(request.headers["x-acs-date"] == "2026-11-21T03:42:00Z")
        #expect(request.headers["x-acs-security-token"] == "token")
        #expect(request.headers["x-other"] == "1")
        let authorization = try #require(request.headers["Authorization"])
        #expect(
            authorization.hasPrefix(
                """
                ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;\
                x-acs-security-token;x-acs-signature-nonce;x-acs-version,Signature=
                """))
        #expect(!"\(authorization)".contains("secret"))
    }
}
