import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ListSecretsCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import type { EphemeralStack } from "../../../automation/ephemeral-stack";
import type { StackOutputs } from "../../../automation/stack/outputs";

/** A message that reached people. */
export interface Told {
  route: "pager" | "slack";
  /** Subject of a notification, text of a Slack message. */
  headline: string;
  text: string;
}

/** Both ends of the alarms' routes: a queue at the pager's topic, and a server in Slack's place. */
export class DrillRoutes {
  /** What Slack answers; a refused message is not told. */
  slackStatus = 200;
  private told: Told[] = [];

  private constructor(
    private readonly stack: EphemeralStack,
    private readonly server: Server,
    private readonly queueUrl: string,
  ) {}

  static async open(stack: EphemeralStack, outputs: StackOutputs): Promise<DrillRoutes> {
    const { sqs, sns } = stack.clients;
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "drill-pager" }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    const Endpoint = Attributes?.["QueueArn"];
    await allowTopic(stack, QueueUrl, Endpoint ?? "", outputs.pagerTopicArn);
    await sns.send(new SubscribeCommand({ TopicArn: outputs.pagerTopicArn, Protocol: "sqs", Endpoint }));
    const server = createServer();
    const routes = new DrillRoutes(stack, server, QueueUrl);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        if (routes.slackStatus === 200) routes.hear(body);
        response.writeHead(routes.slackStatus).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await routes.standInForSlack(outputs);
    return routes;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Forgets what was told. */
  async forget(): Promise<void> {
    await this.messages();
    this.told = [];
  }

  /** All that was told since `forget`. */
  async messages(): Promise<Told[]> {
    const { sqs } = this.stack.clients;
    for (;;) {
      const take = new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(take);
      if (Messages.length === 0) return [...this.told];
      for (const { Body } of Messages) {
        const { Subject, Message } = JSON.parse(Body ?? "null") as { Subject: string; Message: string };
        this.told.push({ route: "pager", headline: Subject, text: Message });
      }
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    }
  }

  private hear(body: string): void {
    const { text } = JSON.parse(body) as { text: string };
    this.told.push({ route: "slack", headline: text, text: body });
  }

  /** The webhook is an https address of AWS's world; the server is put in its place as a rotation would. */
  private async standInForSlack(outputs: StackOutputs): Promise<void> {
    const client = new SecretsManagerClient({
      region: this.stack.region,
      endpoint: this.stack.target.endpointOf("default") ?? "",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
    // The other Slack secret is that of the purchase alerts.
    const secret = SecretList.find(({ Name }) => Name?.startsWith(`${outputs.pipelineName}-ops-slack`));
    expect(secret, "the Slack secret of the alarms").to.not.equal(undefined);
    const { port } = this.server.address() as AddressInfo;
    const SecretString = `http://127.0.0.1:${String(port)}/hook`;
    await client.send(new PutSecretValueCommand({ SecretId: secret?.ARN ?? "", SecretString }));
    client.destroy();
  }
}

async function allowTopic(stack: EphemeralStack, QueueUrl: string, Resource: string, topic: string): Promise<void> {
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource,
    Condition: { ArnEquals: { "aws:SourceArn": topic } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await stack.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}
