# A topic's messages for one function: topic → queue → function, with a dead-letter queue behind it.

resource "aws_sqs_queue" "this" {
  #checkov:skip=CKV_AWS_27:SQS encrypts with its own key, unless kms_key_arn names another
  name                       = var.name
  visibility_timeout_seconds = 6 * var.function_timeout + var.batch_window # what Lambda recommends: time for its retries
  message_retention_seconds  = 345600
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.attempts
  })
}

resource "aws_sqs_queue" "dead_letters" {
  #checkov:skip=CKV_AWS_27:SQS encrypts with its own key, unless kms_key_arn names another
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy    = data.aws_iam_policy_document.queue.json
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "FromTopic"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.this.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.topic_arn]
    }
  }
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = var.topic_arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.this.arn
  # What SNS cannot hand over, as when the queue's policy or key shuts it out, would be lost.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn })
  # The queues must take messages before there are any.
  depends_on = [aws_sqs_queue_policy.this, aws_sqs_queue_policy.dead_letters]
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.dead_letters.json
}

data "aws_iam_policy_document" "dead_letters" {
  statement {
    sid       = "FromTopic"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.topic_arn]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  role   = var.role_name
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "Queue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.this.arn]
  }
}

# By CloudFormation, as in the first version: a resource of Terraform's own could not take the mapping over, and AWS refuses a
# second one. The limit on concurrency stands here: with reserved concurrency of the function, Lambda would take messages
# that it then may not hand over, until they are among the dead letters.
resource "aws_cloudformation_stack" "mapping" {
  #checkov:skip=CKV_AWS_124:the stack holds one mapping; Terraform reports what becomes of it
  name = "${var.name}-mapping"
  tags = var.tags

  template_body = jsonencode({
    Resources = {
      Mapping = {
        Type = "AWS::Lambda::EventSourceMapping"
        Properties = merge(
          {
            EventSourceArn        = aws_sqs_queue.this.arn
            FunctionName          = var.function_arn
            BatchSize             = var.batch_size
            FunctionResponseTypes = ["ReportBatchItemFailures"]
          },
          var.batch_window == 0 ? {} : { MaximumBatchingWindowInSeconds = var.batch_window },
          var.maximum_concurrency == null ? {} : { ScalingConfig = { MaximumConcurrency = var.maximum_concurrency } },
        )
      }
    }
  })

  # The mapping is refused while the role may not read the queue.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = aws_sqs_queue.dead_letters.name
  alarm_description   = "Messages that could not be handled wait in ${aws_sqs_queue.dead_letters.name}"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags
}

# A message that fails is among the dead letters before: one that is older waits for a function that nobody invokes.
resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${var.name}-age"
  alarm_description   = "Messages wait in ${aws_sqs_queue.this.name} and nobody takes them: look at the event source mapping of the function"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = max(900, 2 * var.attempts * aws_sqs_queue.this.visibility_timeout_seconds)
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
  tags                = var.tags
}
