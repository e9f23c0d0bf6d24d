/**
 * A camera's ONVIF service, as far as Vidette uses it, written from the ONVIF device, media and PTZ specifications: it checks the WS-Security
 * digest of a user's password, and remembers how it was moved.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeOnvif extends AsyncDisposable {
  readonly url: string;
  /** `move x y zoom`, `stop`, `home`, `preset 2`, in order. */
  readonly moves: readonly string[];
}

export interface FakeOnvifOptions {
  readonly username: string;
  readonly password: string;
  /** By profile: address of the stream and its size. */
  readonly streams: readonly { readonly url: string; readonly width: number; readonly height: number }[];
  /** Answers with this instead of SOAP. */
  readonly garbage?: string;
}

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';

export async function fakeOnvif(options: FakeOnvifOptions): Promise<FakeOnvif> {
  const moves: string[] = [];
  const server = createServer(async (request, response) => {
    const text = await bodyOf(request);
    if (options.garbage !== undefined) return response.end(options.garbage);
    const action = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(text)?.[1] ?? '';
    if (action !== 'GetSystemDateAndTime' && !isAuthorised(text, options)) {
      response.writeHead(400, { 'content-type': 'application/soap+xml' });
      return response.end(
        envelope(
          '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text>Sender not Authorized</s:Text></s:Reason></s:Fault>',
        ),
      );
    }
    response.writeHead(200, { 'content-type': 'application/soap+xml' });
    response.end(envelope(answer(action, text, base(), options, moves)));
  });
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/onvif`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${base()}/device_service`,
    moves,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

/** WS-Security UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)). */
function isAuthorised(text: string, { username, password }: FakeOnvifOptions): boolean {
  const part = (name: string): string => new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(text)?.[1] ?? '';
  const digest = createHash('sha1')
    .update(Buffer.from(part('Nonce'), 'base64'))
    .update(part('Created') + password)
    .digest('base64');
  return part('Username') === username && part('Password') === digest;
}

function answer(action: string, text: string, base: string, options: FakeOnvifOptions, moves: string[]): string {
  const service = (namespace: string, path: string): string =>
    `<tds:Service><tds:Namespace>http://www.onvif.org/${namespace}/wsdl</tds:Namespace><tds:XAddr>${base}/${path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service>`;
  switch (action) {
    case 'GetSystemDateAndTime': {
      const now = new Date();
      return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
    }
    case 'GetServices':
      return `<tds:GetServicesResponse>${service('ver10/device', 'device_service')}${service('ver10/media', 'media')}${service('ver20/ptz', 'ptz')}</tds:GetServicesResponse>`;
    case 'GetDeviceInformation':
      return '<tds:GetDeviceInformationResponse><tds:Manufacturer>Example</tds:Manufacturer><tds:Model>Street 2</tds:Model><tds:FirmwareVersion>1.4</tds:FirmwareVersion></tds:GetDeviceInformationResponse>';
    case 'GetProfiles':
      return `<trt:GetProfilesResponse>${options.streams
        .map(
          ({ width, height }, index) =>
            `<trt:Profiles token="p${index}" fixed="true"><tt:Name>profile ${index}</tt:Name><tt:VideoSourceConfiguration token="v"><tt:SourceToken>source</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="e${index}"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration><tt:PTZConfiguration token="z"/></trt:Profiles>`,
        )
        .join('')}</trt:GetProfilesResponse>`;
    case 'GetVideoSources':
      return '<trt:GetVideoSourcesResponse><trt:VideoSources token="source"><tt:Framerate>15</tt:Framerate></trt:VideoSources></trt:GetVideoSourcesResponse>';
    case 'GetStreamUri': {
      const index = Number(/ProfileToken>p(\d+)</.exec(text)?.[1]);
      const url = options.streams[index]?.url.replaceAll('&', '&amp;');
      return `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${url}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`;
    }
    case 'GetPresets':
      return '<tptz:GetPresetsResponse><tptz:Preset token="1"><tt:Name>Gate</tt:Name></tptz:Preset><tptz:Preset token="2"><tt:Name>Yard</tt:Name></tptz:Preset></tptz:GetPresetsResponse>';
    case 'ContinuousMove': {
      const [, x, y] = /<PanTilt x="([^"]*)" y="([^"]*)"/.exec(text) ?? [];
      moves.push(`move ${x} ${y} ${/<Zoom x="([^"]*)"/.exec(text)?.[1]}`);
      return '<tptz:ContinuousMoveResponse/>';
    }
    case 'Stop':
      moves.push('stop');
      return '<tptz:StopResponse/>';
    case 'GotoHomePosition':
      moves.push('home');
      return '<tptz:GotoHomePositionResponse/>';
    case 'GotoPreset':
      moves.push(`preset ${/PresetToken>([^<]*)</.exec(text)?.[1]}`);
      return '<tptz:GotoPresetResponse/>';
    default:
      return '<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>Optional action not implemented</s:Text></s:Reason></s:Fault>';
  }
}

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP}" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>${body}</s:Body></s:Envelope>`;
}
