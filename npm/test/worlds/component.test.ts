import { loadVerifier } from "tuf-verifier";
import { ofComponent } from "./client.js";
import { testWorlds } from "./engine.js";

testWorlds("component", await loadVerifier(), await ofComponent());
