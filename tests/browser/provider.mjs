// SPDX-FileCopyrightText: The Reihum contributors
// SPDX-License-Identifier: EUPL-1.2
// An OpenID provider that is not ours: `node provider.mjs PORT ORIGIN`. Any name and password sign in.
import { Provider } from "oidc-provider";

const [port, origin] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "reihum",
      client_secret: "a secret of the independent provider",
      redirect_uris: [`${origin}/login/callback`],
      post_logout_redirect_uris: [`${origin}/signed-out`],
    },
  ],
  claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["keys of a test"] },
  pkce: { required: () => true },
  findAccount: (context, subject) => ({
    accountId: subject,
    claims: () => ({ sub: subject, name: "Ida Fremdling", email: "ida@city.example" }),
  }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
