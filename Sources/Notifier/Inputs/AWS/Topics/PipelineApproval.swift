import Events
import JSON

/// A pipeline waits for somebody's approval; its token is never shown.
///
/// https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
enum PipelineApproval {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let approval = message.value["approval"]?.objectValue, let pipeline = approval.text("pipelineName")
        else { return nil }
        let name = [pipeline, approval.text("stageName"), approval.text("actionName")].compactMap { $0 }
        var notification = message.notification(
            "Approval needed: \(name.joined(separator: " / "))", source: .codePipeline, severity: .warning
        )
        notification.text = approval.text("customData") ?? ""
        notification.region = message.value["region"]?.text ?? notification.region
        notification.fields.add("Expires", approval.text("expires"))
        notification.links.add("Review", approval.text("approvalReviewLink"))
        notification.links.add("To be reviewed", approval.text("externalEntityLink"))
        if var shown = message.value.objectValue {
            var approval = approval
            approval.removeValue(forKey: "token")
            shown["approval"] = .object(approval)
            notification.message = .object(shown)
        }
        return [notification]
    }
}
