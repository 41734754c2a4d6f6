/** What the platform would refuse a connector for: the sync fails, and its message is for people. */
export class ConnectorFault extends Error {
  override readonly name = "ConnectorFault";
}
