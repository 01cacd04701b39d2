import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// A request as `Tools/aws-oracle/signing.py` generated it, and what botocore made of it.
struct SigningCase: Decodable, Sendable {
    var kind, method, url, body, service, region, id, secret: String
    var s3: Bool
    var headers: [[String]]
    var time: Double
    var token: String?
    var expires: Int
    var canonicalRequest, stringToSign, result: String

    var credentials: AWSCredentials { AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token) }
    var now: Timestamp { Timestamp(secondsSinceEpoch: time) }
    var request: HTTPRequest {
        HTTPRequest(
            method, url, headers: HTTPHeaders(headers.map { (name: $0[0], value: $0[1]) }),
            body: body.isEmpty ? .none : .bytes(Array(body.utf8))
        )
    }
}

@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct SigningTests {
    @Test(arguments: [1, 2, 3])
    func signsAsBotocore(seed: Int) throws {
        let cases = try oracle("signing.py", String(seed), "500").map {
            try JSONDecoder().decode(SigningCase.self, from: $0)
        }
        #expect(cases.count == 500)
        for row in cases { check(row) }
    }

    private func check(_ row: SigningCase) {
        let signer = RequestSigner(service: row.service)
        var request = row.request
        if row.kind == "presigned" {
            let url = signer.presignedURL(
                request, with: row.credentials, region: row.region, at: row.now, expires: row.expires
            )
            #expect(url == row.result, "\(row.method) \(row.url)")
            return
        }
        signer.sign(&request, with: row.credentials, region: row.region, at: row.now)
        let authorization = request.headers["Authorization"]
        request.headers["Authorization"] = nil
        let time = row.now.iso8601Basic
        let canonical = SigV4.canonicalRequest(
            method: row.method, url: SignedURL(row.url), headers: request.headers,
            payloadHash: Digest.sha256Hex(row.body), keepsPath: row.s3
        )
        let scope = SigningScope(time: time, region: row.region, service: row.service)
        #expect(canonical.text == row.canonicalRequest, "\(row.url)")
        #expect(
            SigV4.stringToSign(time: time, scope: scope, canonicalRequest: canonical.text) == row.stringToSign
        )
        #expect(authorization == row.result, "\(row.method) \(row.url)")
    }
}

struct SigningRuleTests {
    let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: "token")
    let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

    @Test func streamsGoUnsigned() {
        var request = HTTPRequest("PUT", "https://b.s3.eu-west-1.amazonaws.com/k", body: .stream(length: 1) { nil })
        RequestSigner(service: "s3").sign(&request, with: credentials, region: "eu-west-1", at: now)
        #expect(request.headers["X-Amz-Content-SHA256"] == "UNSIGNED-PAYLOAD")
    }

    @Test func signingAgainReplacesTheFirstSignature() {
        let signer = RequestSigner(service: "sns")
        let other = AWSCredentials(accessKeyID: "OTHER", secretAccessKey: "other")
        let unsigned = HTTPRequest("POST", "https://sns.eu-west-1.amazonaws.com/", body: .bytes([1]))
        var again = unsigned
        for (credentials, time) in [(credentials, now), (other, now), (other, now + .seconds(86_400))] {
            signer.sign(&again, with: credentials, region: "eu-west-1", at: time)
            var fresh = unsigned
            RequestSigner(service: "sns").sign(&fresh, with: credentials, region: "eu-west-1", at: time)
            #expect(Set(again.headers) == Set(fresh.headers))
        }
    }

    @Test func descriptionsShowNoSecret() {
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(!text.contains("secret") && !text.contains("token"), "\(text)")
            #expect(text.contains("AKID"))
        }
    }
}
